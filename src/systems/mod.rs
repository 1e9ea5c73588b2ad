//! The only code that knows a vendor: one folder each, with its client, its pure mapping, and its settings.

pub mod http;
pub mod n8n;
