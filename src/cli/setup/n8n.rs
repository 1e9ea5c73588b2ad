//! `loyalty setup n8n`: owner or sign-in, a key of the connector for n8n, then credential and workflows.

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Args;
use rust_embed::Embed;
use serde_json::Value;

use super::Waiting;
use crate::{
    access::keys,
    cli::health,
    clock::{Clock, SystemClock},
    config::Settings,
    data_folder::open_store,
    systems::{
        http,
        n8n::{
            console::{Console, Door, Login},
            setup::{self, Wanted},
            workflow::CREDENTIAL,
        },
    },
};

/// The name of n8n's key, which is the source of what it sends, and what its workflows may do.
pub const KEY_NAME: &str = "n8n";
pub const KEY_SCOPES: [&str; 5] = ["orders", "events", "members", "texts", "messages"];

#[derive(Embed)]
#[folder = "workflows/"]
struct Files;

/// The owner of n8n: used to sign in, kept nowhere.
#[derive(Args, Clone)]
pub struct Owner {
    /// E-mail address of n8n's owner (made when n8n is new); the password is taken from LOYALTY_N8N_OWNER_PASSWORD
    #[arg(long = "owner-email", env = "LOYALTY_N8N_OWNER_EMAIL")]
    pub email: Option<String>,
    #[arg(long = "owner-password", env = "LOYALTY_N8N_OWNER_PASSWORD", hide = true, hide_env_values = true)]
    pub password: Option<String>,
}

#[derive(Args, Clone)]
pub struct N8n {
    #[command(flatten)]
    pub owner: Owner,
    /// File with the connector's key for n8n; without it a key is made when n8n has none
    #[arg(long, env = "LOYALTY_N8N_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// Replace workflows that were edited in n8n
    #[arg(long)]
    pub replace: bool,
}

impl Owner {
    /// Both parts, when they are given.
    pub fn login(&self) -> Option<Login<'_>> {
        let (email, password) = (self.email.as_deref()?, self.password.as_deref()?);
        (!email.is_empty() && !password.is_empty()).then_some(Login { email, password })
    }
}

/// The workflows that are part of the program.
pub fn workflows() -> anyhow::Result<Vec<Value>> {
    let mut names: Vec<_> =
        Files::iter().filter(|name| name.ends_with(".json") && !name.ends_with(".example.json")).collect();
    names.sort();
    let read = |name: &str| {
        let file = Files::get(name).context("missing")?;
        serde_json::from_slice(&file.data).with_context(|| format!("workflows/{name} is not JSON"))
    };
    names.iter().map(|name| read(name)).collect()
}

/// The connector's address as n8n reaches it.
pub fn base_url(settings: &Settings) -> String {
    settings.n8n.connector_url.clone().unwrap_or_else(|| health::address(&settings.server.listen))
}

pub async fn run(settings: &Settings, arguments: &N8n, waiting: Waiting) -> anyhow::Result<()> {
    let url = settings.n8n.url.as_deref().context("setting n8n.url is missing (LOYALTY__N8N__URL)")?;
    let login = arguments.owner.login().context(
        "n8n's owner is needed: --owner-email (LOYALTY_N8N_OWNER_EMAIL) and LOYALTY_N8N_OWNER_PASSWORD in the environment",
    )?;
    let door = Door::new(http::client(Duration::from_millis(settings.n8n.timeout_ms))?, url);
    waiting.until("n8n", || door.ready()).await?;
    let console = enter(&door, &login).await?;
    println!("= n8n {} at {url}", console.version().await?);
    let wanted = Wanted {
        credential: CREDENTIAL.to_owned(),
        workflows: workflows()?,
        base_url: base_url(settings),
        key: key(settings, arguments, &console).await?,
        replace: arguments.replace,
    };
    for step in setup::apply(&console, &wanted).await? {
        println!("{step}");
    }
    Ok(())
}

async fn enter(door: &Door, login: &Login<'_>) -> anyhow::Result<Console> {
    if door.awaits_owner().await? {
        let console = door.make_owner(login).await?;
        println!("+ owner {}", login.email);
        return Ok(console);
    }
    let console = door.sign_in(login).await?;
    println!("= owner {}", login.email);
    Ok(console)
}

/// The key to write into n8n: the one given; a new one when n8n has none that works; otherwise none.
async fn key(settings: &Settings, arguments: &N8n, console: &Console) -> anyhow::Result<Option<String>> {
    if let Some(file) = &arguments.key_file {
        let text = std::fs::read_to_string(file).with_context(|| format!("--key-file {}", file.display()))?;
        return Ok(Some(text.trim().to_owned()));
    }
    let store = open_store(settings).await?;
    let brand = &settings.server.brand;
    let keys = store.keys().await?;
    let active: Vec<_> = keys.iter().filter(|key| key.name == KEY_NAME && key.revoked_at.is_none()).collect();
    if !active.is_empty() && setup::credential(console, CREDENTIAL).await?.is_some() {
        println!("= key {} for n8n", active[0].id);
        return Ok(None);
    }
    let scopes = KEY_SCOPES.map(str::to_owned);
    let (made, token) = keys::create(&store, SystemClock.now(), KEY_NAME, brand, &scopes).await?;
    println!("+ key {} for n8n: {}", made.id, KEY_SCOPES.join(" "));
    for old in active {
        println!("! key {} was for n8n too and is still active: `loyalty keys revoke {}` ends it", old.id, old.id);
    }
    Ok(Some(token))
}
