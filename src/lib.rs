//! The loyalty connector: one service, one exact ledger. The folders are listed in the order a purchase passes them.

pub mod values; // the ground: what texts are made of; pure

pub mod access; // 1: keys, callers, sessions: who may what, and how often
pub mod inbound; // 1: HTTP in, authenticated and limited, parsed to a canonical event
pub mod intake; // 1: what the world says -> values, or what is wrong with them; pure
pub mod loyalty; // 2: decide: events in, entries out; pure
pub mod programme; // 2: rows a marketer wrote -> a checked, versioned programme; pure
pub mod store; // 3: one writer, one commit per batch; then the answers go out
pub mod delivery; // 4: feeds and intents: lease, send, settle
pub mod words; // 4: what a member reads: filled, and guarded against a model's numbers; pure
pub mod systems; // 5: the only code that knows a vendor
pub mod pages; // what people look at

pub mod anchor; // a line a day over every member's chain
pub mod app; // the wiring
pub mod cli;
pub mod clock;
pub mod config;
pub mod fault;
pub mod ids;
pub mod lifecycle;
pub mod proof; // a member's statement that proves itself
pub mod signature;
pub mod telemetry;
pub mod verify;
