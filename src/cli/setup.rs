//! `loyalty setup nocodb|unomi|n8n|all`: brings the connected systems to where the connector can work with them, and says
//! line by line what is there (`=`), was made (`+`), was changed (`~`) or left alone (`!`). Repeating it changes nothing,
//! nothing is ever deleted.

pub mod n8n;
mod nocodb;
pub mod unomi;

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
    /// Base, tables, columns and views, and the programme's rows
    Nocodb(nocodb::Nocodb),
    /// Scope, event schemas, profile properties and segments
    Unomi,
    /// Credential and workflows, imported and published
    N8n(n8n::N8n),
    /// Every system that is connected by its address
    All {
        #[command(flatten)]
        nocodb: nocodb::Nocodb,
        #[command(flatten)]
        n8n: n8n::N8n,
    },
}

/// How long a system may take to come up.
#[derive(Clone, Copy)]
pub struct Waiting {
    seconds: u32,
}

impl Waiting {
    /// Asks once a second until it answers; the last answer otherwise.
    pub async fn until<T, E: Display, F: Future<Output = Result<T, E>>>(
        self,
        system: &str,
        ready: impl Fn() -> F,
    ) -> Result<T, E> {
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
        System::Nocodb(arguments) => nocodb::run(settings, &arguments, waiting).await?,
        System::Unomi => unomi::run(settings, waiting).await?,
        System::N8n(arguments) => n8n::run(settings, &arguments, waiting).await?,
        System::All { nocodb, n8n } => all(settings, &nocodb, &n8n, waiting).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn all(settings: &Settings, nocodb: &nocodb::Nocodb, n8n: &n8n::N8n, waiting: Waiting) -> anyhow::Result<()> {
    let mut connected = 0;
    if settings.nocodb.url.is_some() {
        nocodb::run(settings, nocodb, waiting).await?;
        connected += 1;
    }
    if settings.unomi.url.is_some() {
        unomi::run(settings, waiting).await?;
        connected += 1;
    }
    if settings.n8n.url.is_some() {
        n8n::run(settings, n8n, waiting).await?;
        connected += 1;
    }
    if connected == 0 {
        println!("nothing to set up: neither nocodb.url, unomi.url nor n8n.url is set");
    }
    Ok(())
}
