//! `loyalty clock`: what time it is for the connector, and a person's word that it is right. It is written beside the
//! ledger, where a running service finds it within a second and the next start, too.

use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;

use crate::{
    clock::{Clock as _, SystemClock, kept::Kept, kept::Sign},
    config::Settings,
};

#[derive(Subcommand)]
pub enum Clock {
    /// Say that the machine's clock is right, although it seems to have jumped
    Confirm,
}

pub fn run(settings: &Settings, command: Option<&Clock>) -> anyhow::Result<ExitCode> {
    let (folder, now) = (&settings.server.data, SystemClock.now());
    let kept = Kept::of(folder);
    match command {
        None => {
            println!("The machine's clock says {now}.");
            if let Some(sign) = kept.read() {
                println!("It was last known to be right at {}.", sign.at);
            }
        }
        Some(Clock::Confirm) => {
            let written = kept.write(&Sign::now(now, true));
            written.with_context(|| {
                format!("{} cannot be written to (--data, LOYALTY__SERVER__DATA)", folder.display())
            })?;
            println!("Confirmed: it is {now}. A service that waits for it goes on within a second.");
        }
    }
    Ok(ExitCode::SUCCESS)
}
