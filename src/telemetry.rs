//! Logs: text for people, JSON for machines; secrets never get here.

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Server};

/// Starts logging to standard error.
pub fn start(server: &Server) {
    let filter = EnvFilter::try_new(&server.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match server.log_format {
        LogFormat::Text => subscriber.with_target(false).try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
    if started.is_err() {
        eprintln!("logging was started before"); // only in tests
    }
}
