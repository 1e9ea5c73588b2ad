//! Logs: text for people, JSON for machines; secrets never get here.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Server};

/// Starts logging to standard error; in colours where somebody looks.
pub fn start(server: &Server) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&server.log).with_context(|| {
        format!("setting server.log: `{}` is no filter; write info, or info,loyalty_connector=debug", server.log)
    })?;
    let colours = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    let started = match server.log_format {
        LogFormat::Text => subscriber.with_target(false).try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
    if started.is_err() {
        eprintln!("logging was started before"); // only in tests
    }
    Ok(())
}
