//! `loyalty setup nocodb`: a token when the administrator signs in, then base, tables and views, the programme's rows, and
//! everything that happened so far becomes due to be shown.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::SecretString;

use super::Waiting;
use crate::{
    clock::{Clock, SystemClock},
    config::{self, Settings},
    data_folder::{open_store, write_secret},
    simulation::generosity::Generosity,
    store::Store,
    systems::nocodb::{
        self,
        admin::{self, Admin},
        client::CallError,
        load::{Done, Seed},
        setup::Step,
    },
    values::count::counted,
    writer::programmes::LiveProgrammes,
};

#[derive(Args, Clone)]
pub struct Nocodb {
    /// Leave the programme tables empty
    #[arg(long, conflicts_with = "sample")]
    empty: bool,
    /// Fill empty programme tables with the sample instead of the live programme
    #[arg(long)]
    sample: bool,
    /// E-mail address of NocoDB's administrator; the password is taken from LOYALTY_NOCODB_ADMIN_PASSWORD
    #[arg(long, env = "LOYALTY_NOCODB_ADMIN_EMAIL")]
    admin_email: Option<String>,
    #[arg(long, env = "LOYALTY_NOCODB_ADMIN_PASSWORD", hide = true, hide_env_values = true)]
    admin_password: Option<String>,
    /// Keeps the API token: read when it works, written when the administrator makes a new one
    #[arg(long, env = "LOYALTY_NOCODB_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// Let only invited people make accounts in NocoDB (needs the administrator)
    #[arg(long, env = "LOYALTY_NOCODB_CLOSE_SIGN_UP")]
    close_sign_up: bool,
}

pub async fn run(settings: &Settings, arguments: &Nocodb, waiting: Waiting) -> anyhow::Result<()> {
    let mut own = settings.nocodb.clone();
    let url = own.url.clone().context("setting nocodb.url is missing (LOYALTY__NOCODB__URL)")?;
    waiting.until("nocodb", || admin::ready(&own)).await?;
    println!("= NocoDB at {url}");
    own.token = Some(arguments.token(&own).await?);
    if arguments.close_sign_up {
        arguments.shut_the_door(&own).await?;
    }
    let nocodb = nocodb::Nocodb::connect(&own)?.context("setting nocodb.url is missing")?;
    let store = open_store(settings).await?;
    let done = bring(&nocodb, &store, arguments.seed(), &settings.server.brand).await?;
    for step in &done.plan.steps {
        println!("{} {step}", if matches!(step, Step::Renamed { .. }) { '~' } else { '+' });
    }
    if done.plan.steps.is_empty() {
        println!("= base {}, tables, columns and views", own.base);
    }
    if done.settings > 0 {
        println!("+ {} as rows of Settings; columns that they were count no more", counted(done.settings, "setting"));
    }
    if done.refilled.cells > 0 {
        println!("~ {} of these columns, from the live programme", counted(done.refilled.cells, "cell"));
    }
    for note in done.plan.notes.iter().chain(&done.refilled.notes) {
        println!("! {note}");
    }
    match done.rows {
        0 => println!("= programme rows"),
        made => println!("+ {}", counted(made, "programme row")),
    }
    println!("= {} to be shown there by the running service", counted(done.members, "member"));
    if let Some(programmes) = LiveProgrammes::load(&store).await?.of(&settings.server.brand) {
        let live = Generosity::of(&programmes.live().programme, None, SystemClock.now());
        println!("{} v{} {}", if live.look().is_some() { '!' } else { '=' }, programmes.live().number, live.says());
    }
    Ok(())
}

async fn bring(nocodb: &nocodb::Nocodb, store: &Store, seed: Seed, brand: &str) -> anyhow::Result<Done> {
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template("rows {bar:40} {pos}/{len}, {eta} left")?);
    let progress = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let done = nocodb.set_up(store, brand, &SystemClock, seed, progress).await?;
    bar.finish_and_clear();
    Ok(done)
}

impl Nocodb {
    fn seed(&self) -> Seed {
        match (self.empty, self.sample) {
            (true, _) => Seed::Empty,
            (_, true) => Seed::Sample,
            _ => Seed::Live,
        }
    }

    /// The token of the settings or of the file when it works; otherwise a new one, by the administrator.
    async fn token(&self, own: &config::Nocodb) -> anyhow::Result<SecretString> {
        if let Some(token) = own.token.clone() {
            return Ok(token);
        }
        let Some(file) = self.token_file.as_ref().or(own.token_file.as_ref()) else {
            bail!(
                "setting nocodb.token is missing; with --token-file FILE and the administrator's sign-in one is made"
            );
        };
        if let Some(token) = kept(file)? {
            let with_token = config::Nocodb { token: Some(token.clone()), ..own.clone() };
            if works(&with_token).await? {
                println!("= token in {}", file.display());
                return Ok(token);
            }
        }
        let token = self.administrator(own).await?.make_token().await?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("--token-file {}", file.display()))?;
        }
        write_secret(file, &token).with_context(|| format!("--token-file {}", file.display()))?;
        println!("+ token in {}", file.display());
        Ok(token.into())
    }

    async fn administrator(&self, own: &config::Nocodb) -> anyhow::Result<Admin> {
        let (Some(email), Some(password)) = (&self.admin_email, &self.admin_password) else {
            bail!(
                "NocoDB's administrator is needed: --admin-email and LOYALTY_NOCODB_ADMIN_PASSWORD in the environment"
            );
        };
        Ok(Admin::sign_in(own, email, password).await?)
    }

    async fn shut_the_door(&self, own: &config::Nocodb) -> anyhow::Result<()> {
        if admin::sign_up_is_open(own).await? {
            self.administrator(own).await?.close_sign_up().await?;
            println!("~ sign-up: from now on by invitation");
        } else {
            println!("= sign-up by invitation");
        }
        Ok(())
    }
}

fn kept(file: &Path) -> anyhow::Result<Option<SecretString>> {
    match std::fs::read_to_string(file) {
        Ok(text) if text.trim().is_empty() => Ok(None),
        Ok(text) => Ok(Some(text.trim().to_owned().into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("--token-file {}", file.display())),
    }
}

/// False when NocoDB refuses this token; another failure is an error, not a reason for a new token.
async fn works(own: &config::Nocodb) -> anyhow::Result<bool> {
    let Some(nocodb) = nocodb::Nocodb::connect(own)? else { return Ok(false) };
    match nocodb.database().await {
        Ok(_) => Ok(true),
        Err(CallError::Locked(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
