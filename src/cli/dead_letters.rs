//! `loyalty dead-letters list|replay`.

use std::process::ExitCode;

use clap::{ArgGroup, Subcommand};

use crate::{
    clock::{Clock, SystemClock},
    config::Settings,
    data_folder::open_ledger,
    values::count::counted,
};

#[derive(Subcommand)]
pub enum DeadLetters {
    /// List what waits for a person
    List {
        /// Of which brand; that of the settings when left out
        #[arg(long)]
        brand: Option<String>,
        /// How many at most, the oldest first
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Send again under the same key: one, those of one destination, or all
    #[command(group = ArgGroup::new("which").required(true))]
    Replay {
        /// Of which brand; that of the settings when left out
        #[arg(long)]
        brand: Option<String>,
        /// As `list` shows it
        #[arg(group = "which")]
        id: Option<String>,
        /// Where they go: nocodb, unomi, signal, message, text
        #[arg(long, group = "which")]
        destination: Option<String>,
        /// Everything that waits; a message whose answer was lost may go out twice
        #[arg(long, group = "which")]
        all: bool,
    },
}

pub async fn run(settings: &Settings, command: DeadLetters) -> anyhow::Result<ExitCode> {
    let store = open_ledger(settings).await?;
    let own = &settings.server.brand;
    match command {
        DeadLetters::List { brand, limit } => {
            let letters = store.dead_letters(brand.as_ref().unwrap_or(own), limit).await?;
            for letter in &letters {
                println!(
                    "{}  {} {} after {}: {}",
                    letter.id,
                    letter.destination,
                    letter.state,
                    counted(letter.attempts, "try"),
                    letter.problem
                );
                println!("    member {}  {}", letter.member_id, letter.content);
            }
            println!("{} waiting", letters.len());
        }
        DeadLetters::Replay { brand, id, destination, all: _ } => {
            let wanted = id.clone().or_else(|| destination.clone());
            let replayed = store.replay(brand.as_ref().unwrap_or(own), id, destination, SystemClock.now()).await?;
            if let (0, Some(wanted)) = (replayed, wanted) {
                anyhow::bail!("nothing waits under `{wanted}`; `loyalty dead-letters list` shows what does");
            }
            println!("{replayed} will be sent again");
        }
    }
    Ok(ExitCode::SUCCESS)
}
