//! What a member reads: no wrong number, no way out, no name to a model; one message per cause, one text per intent.

#[path = "../support/mod.rs"]
mod support;

mod bench;
mod conformance;
mod filling;
mod guard;
mod http;
mod messages;
mod signals;
mod texts;
