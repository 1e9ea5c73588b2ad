//! `loyalty setup nocodb|unomi|n8n|all`: brings the connected systems to where the connector can work with them, and says
//! line by line what is there (`=`), was made (`+`), was changed (`~`) or left alone (`!`). Repeating it changes nothing,
//! nothing is ever deleted.

pub mod n8n;

use std::{fmt::Display, process::ExitCode, time::Duration};

use clap::{Args, Subcommand};

use crate::config::Settings;

#[derive(Args)]
pub struct Setup {
    #[command(subcommand)]
    system: System,
    /// Seconds to wait for a system that does not answer yet
    #[arg(long, default_value_t = 0, global = true)]
    wait: u32,
}

#[derive(Subcommand)]
enum System {
    /// Credential and workflows, imported and published
    N8n(n8n::N8n),
}

/// How long a system may take to come up.
#[derive(Clone, Copy)]
pub struct Waiting {
    seconds: u32,
}

impl Waiting {
    /// Asks once a second until it answers; the last answer otherwise.
    pub async fn until<E: Display, F: Future<Output = Result<(), E>>>(
        self,
        system: &str,
        ready: impl Fn() -> F,
    ) -> Result<(), E> {
        let mut left = self.seconds;
        loop {
            match ready().await {
                Err(cause) if left > 0 => {
                    if left == self.seconds || left.is_multiple_of(15) {
                        eprintln!("waiting for {system}: {cause}");
                    }
                    left -= 1;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                answer => return answer,
            }
        }
    }
}

pub async fn run(settings: &Settings, setup: Setup) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(&settings.server.data)?;
    let waiting = Waiting { seconds: setup.wait };
    match setup.system {
        System::N8n(arguments) => n8n::run(settings, &arguments, waiting).await?,
    }
    Ok(ExitCode::SUCCESS)
}
