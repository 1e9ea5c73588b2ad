//! The loyalty connector: one service, one exact ledger. The folders are listed in the order a purchase passes them.

pub mod clock;
pub mod config;
pub mod delivery; // feeds and intents: lease, send, settle
pub mod fault;
pub mod ids;
pub mod loyalty; // decide: events in, entries out; pure
pub mod programme; // rows a marketer wrote -> a checked, versioned programme; pure
pub mod signature;
pub mod store; // one writer, one commit per batch; then the answers go out
pub mod systems; // the only code that knows a vendor
pub mod words; // what is written to a member: filled, guarded, never wrong about a number; pure
