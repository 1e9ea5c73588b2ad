//! The loyalty connector: one service, one exact ledger. The rooms are listed from the ground up: a room names those above its line.

pub mod values; // the ground: what texts are made of; pure

pub mod fault;
pub mod clock;
pub mod config;
pub mod ids;
pub mod lifecycle;
pub mod signature;
pub mod telemetry;

pub mod programme; // rows a marketer wrote -> a checked, versioned programme; pure
pub mod loyalty; // decide: events in, entries out; pure
pub mod simulation; // what a draft would have done with what happened; pure
pub mod words; // what a member reads: filled, and guarded against a model's numbers; pure
pub mod intake; // what the world says -> values, or what is wrong with them; pure
pub mod store; // rows in, rows out
pub mod data_folder; // its lock, secrets in files, the store that the settings name
pub mod access; // keys, callers, sessions: who may what, and how often
pub mod writer; // one writer, one commit per batch; then the answers go out
pub mod delivery; // feeds and intents: lease, send, settle
pub mod workers; // what the ledger does by itself
pub mod forecast; // what a draft of the programme would have done: the ledger's history handed to the simulation
pub mod audit; // verify, anchors, proof
pub mod messages; // what members read
pub mod systems; // the only code that knows a vendor
pub mod service; // use cases, for whoever asks
pub mod web; // a request read within limits, what went wrong as an answer: for http and pages
pub mod http; // HTTP in, authenticated and limited
pub mod pages; // what people look at
pub mod cli;
pub mod serve; // the wiring
