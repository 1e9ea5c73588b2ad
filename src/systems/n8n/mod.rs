//! n8n: signals to it, and its setting up.

pub mod console;
pub mod setup;
pub mod workflow;
