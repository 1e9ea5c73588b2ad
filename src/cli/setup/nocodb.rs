//! `loyalty setup nocodb`: a token when the administrator signs in, then base, tables and views, the programme's rows, and
//! everything that happened so far becomes due to be shown.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::SecretString;

use super::Waiting;
use crate::{
    clock::{Clock, SystemClock},
    config::{self, Settings},
    data_folder::{open_store, write_secret},
    intake::problem::Problem,
    programme::{meaning_fewer, sample, templates},
    service::templates::Answers,
    simulation::generosity::Generosity,
    store::Store,
    systems::nocodb::{
        self,
        admin::{self, Admin},
        client::CallError,
        load::{Done, Seed, live},
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
    /// Fill empty programme tables with a template: coffee, fashion, grocery, beauty or sport
    #[arg(long, conflicts_with_all = ["sample", "empty"])]
    template: Option<String>,
    /// Of the shop that the template is for, like EUR; empty: EUR
    #[arg(long, requires = "template")]
    currency: Option<String>,
    /// Of the shop that the template is for, in its currency, like 60.00
    #[arg(long, requires = "template")]
    average_order: Option<String>,
    /// Of the shop that the template is for: percent of sales that are left after what goods cost
    #[arg(long, requires = "template")]
    margin: Option<String>,
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
    let template = arguments.template()?;
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
    match (&template, done.rows) {
        (Some(template), _) => begin(&nocodb, &store, &settings.server.brand, template).await?,
        (None, 0) => println!("= programme rows"),
        (None, made) => println!("+ {}", counted(made, "programme row")),
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

/// Fills the empty tables with a template; nothing counts until somebody publishes.
async fn begin(nocodb: &nocodb::Nocodb, store: &Store, brand: &str, template: &Answers) -> anyhow::Result<()> {
    let (shown, tables) = (template.shown(SystemClock.now()).map_err(in_words)?, template.tables().map_err(in_words)?);
    // Before the first start nothing is live; then the sample is.
    let live = live(store, brand).await?.unwrap_or_else(sample::tables);
    match nocodb.fill_empty(&meaning_fewer(tables, &live)).await? {
        Ok(rows) => println!("+ {} of the template {}", counted(rows, "programme row"), shown.title),
        Err(with_rows) => bail!(
            "a template fills empty tables only, and these have rows: {}. Nothing was changed there: delete the rows in \
             NocoDB, or take another base (setting nocodb.base)",
            with_rows.join(", ")
        ),
    }
    shown.gives.iter().for_each(|says| println!("  {says}"));
    println!("  Look at the rows in NocoDB, then tick Publish in the table Programme.");
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn in_words(problem: Problem) -> anyhow::Error {
    let errors =
        problem.errors.iter().map(|error| format!("{}: {}", error.pointer.trim_start_matches('/'), error.detail));
    anyhow!("{}", errors.collect::<Vec<_>>().join("; "))
}

impl Nocodb {
    /// The template that is asked for, with what its shop says of itself.
    fn template(&self) -> anyhow::Result<Option<Answers>> {
        let Some(kind) = self.template.clone() else { return Ok(None) };
        if templates::named(&kind).is_none() {
            bail!("there is no template `{kind}`; there are\n{}", templates::listed());
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (currency, average_order, margin) = (text(&self.currency), text(&self.average_order), text(&self.margin));
        let answers = Answers { kind, currency, average_order, margin };
        answers.tables().map_err(in_words)?;
        Ok(Some(answers))
    }

    fn seed(&self) -> Seed {
        match (self.empty || self.template.is_some(), self.sample) {
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
