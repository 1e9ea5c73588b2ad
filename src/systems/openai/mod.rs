//! OpenAI, or any server that speaks its chat completions: it writes texts.

pub mod account;
mod client;
pub mod map;

pub use client::connect;
