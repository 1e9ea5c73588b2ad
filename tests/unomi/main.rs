//! Unomi: what is sent, what happens when it refuses, is down or lies, and (where a real one is at hand) that it works.

mod compare;
mod delivery;
mod desk;
mod mapping;
mod real;
mod watch;
#[path = "../support/mod.rs"]
mod support;
