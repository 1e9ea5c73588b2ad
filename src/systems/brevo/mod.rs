//! Brevo: it sends mails.

pub mod account;
mod client;
pub mod map;

pub use client::connect;
