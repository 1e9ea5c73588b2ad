//! `loyalty keys create|list|revoke`.

use std::process::ExitCode;

use clap::Subcommand;

use crate::{
    access::keys::{self, SCOPES, is_scope},
    clock::{Clock, SystemClock},
    config::Settings,
    data_folder::open_store,
};

#[derive(Subcommand)]
pub enum Keys {
    /// Make a key; it is shown once
    Create {
        /// Becomes the source name of what the key sends; keep it when you rotate the key
        name: String,
        /// What it may do, separated by commas: orders, events, members, redeem, adjust, texts, messages, programme, metrics, admin
        #[arg(long, value_delimiter = ',', default_value = "orders,events,members")]
        scopes: Vec<String>,
        /// The brand it works for
        #[arg(long)]
        brand: Option<String>,
    },
    /// List all keys
    List,
    /// Take a key out of use, by its id
    Revoke { id: String },
}

pub async fn run(settings: &Settings, command: Keys) -> anyhow::Result<ExitCode> {
    let store = open_store(settings).await?;
    let now = SystemClock.now();
    match command {
        Keys::Create { name, scopes, brand } => {
            if let Some(unknown) = scopes.iter().find(|scope| !is_scope(scope)) {
                anyhow::bail!("--scopes: `{unknown}` is none of {}, partner:NAME, staff:REF", SCOPES.join(", "));
            }
            if name.trim().is_empty() {
                anyhow::bail!("NAME is empty: it becomes the source of what the key sends, like shop or n8n");
            }
            let brand = brand.unwrap_or_else(|| settings.server.brand.clone());
            let (key, token) = keys::create(&store, now, &name, &brand, &scopes).await?;
            eprintln!("key {} for {name} (brand {brand}): {}", key.id, scopes.join(" "));
            println!("{token}");
        }
        Keys::List => {
            println!("{:<14} {:<20} {:<12} {:<10} scopes", "id", "name", "brand", "state");
            for key in store.keys().await? {
                let state = if key.revoked_at.is_some() { "revoked" } else { "active" };
                println!("{:<14} {:<20} {:<12} {state:<10} {}", key.id, key.name, key.brand, key.scopes.join(" "));
            }
        }
        Keys::Revoke { id } => {
            if !store.revoke_key(&id, now).await? {
                anyhow::bail!("there is no active key `{id}`; `loyalty keys list` shows them");
            }
            println!("revoked {id}; it stops working within a second");
        }
    }
    Ok(ExitCode::SUCCESS)
}
