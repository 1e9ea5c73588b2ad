//! `loyalty dead-letters list|replay`.

use std::process::ExitCode;

use clap::Subcommand;

use crate::{
    app::open_store,
    clock::{Clock, SystemClock},
    config::Settings,
};

#[derive(Subcommand)]
pub enum DeadLetters {
    /// List what waits for a person
    List {
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Send again under the same key: one by id, those of one destination, or all
    Replay {
        id: Option<String>,
        #[arg(long)]
        destination: Option<String>,
    },
}

pub async fn run(settings: &Settings, command: DeadLetters) -> anyhow::Result<ExitCode> {
    let store = open_store(settings).await?;
    match command {
        DeadLetters::List { limit } => {
            let letters = store.dead_letters(limit).await?;
            for letter in &letters {
                println!(
                    "{}  {} {} after {} tries: {}",
                    letter.id, letter.destination, letter.state, letter.attempts, letter.problem
                );
                println!("    member {}  {}", letter.member_id, letter.content);
            }
            println!("{} waiting", letters.len());
        }
        DeadLetters::Replay { id, destination } => {
            let replayed = store.replay(id, destination, SystemClock.now()).await?;
            println!("{replayed} will be sent again");
        }
    }
    Ok(ExitCode::SUCCESS)
}
