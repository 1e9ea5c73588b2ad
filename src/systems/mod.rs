//! The only code that knows a vendor: one folder each, with its client, its pure mapping, and its settings.

pub mod brevo;
pub mod csv_folder;
pub mod difference;
pub mod http;
pub mod n8n;
pub mod nocodb;
pub mod openai;
pub mod unomi;
