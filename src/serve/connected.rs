//! What is connected, by the settings: where things are delivered to, and where the programme's rows come from.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, bail};
use tokio::sync::watch;

use crate::{
    clock::Clock,
    config::Settings,
    delivery::{FeedDestination, IntentDestination, Sending},
    loyalty::programme::check,
    messages::{send::Messenger, texts::TextWorker},
    programme::{self, Tables},
    service::{
        App,
        templates::{self, Filled},
    },
    store::Store,
    systems::{
        brevo,
        csv_folder::{self, CsvFolder, FolderError},
        n8n::Signals,
        nocodb::{
            Nocodb,
            beside::Sources,
            drafts::{Around, Drafts},
            edits::{self, Edits},
            pairs::{self, Pairs},
            projection::Projection,
            translations::Drafting,
        },
        unomi::{self, Unomi},
    },
    workers::follow::FollowUps,
    writer::programmes::LiveProgrammes,
};

/// The systems things are delivered to.
pub struct Destinations {
    pub feeds: Vec<Arc<dyn FeedDestination>>,
    pub intents: Vec<Arc<dyn IntentDestination>>,
}

/// Feeds that are written for each member that changes.
pub fn feeds(settings: &Settings) -> Vec<&'static str> {
    let connected = [("nocodb", settings.nocodb.url.is_some()), ("unomi", settings.unomi.url.is_some())];
    connected.into_iter().filter_map(|(name, connected)| connected.then_some(name)).collect()
}

/// Destinations of intents without anybody behind them. Texts and messages always have somebody: the templates and the
/// preview mailbox.
pub fn unrouted(settings: &Settings) -> Vec<&'static str> {
    if settings.n8n.signal_url.is_none() { vec!["signal"] } else { Vec::new() }
}

/// Everything that delivers. A setting that cannot work names itself.
pub fn destinations(app: &Arc<App>) -> anyhow::Result<Destinations> {
    let (store, programmes, clock) = (&app.store, &app.programmes, &app.clock);
    let (author, writer) = (Arc::clone(&app.author), app.writer.clone());
    let texts = TextWorker::new(author, store.clone(), writer, programmes.clone(), Arc::clone(clock));
    let provider = brevo::connect(&app.settings.brevo).context("settings of brevo")?;
    let messages = Messenger::new(provider, store.clone(), programmes.clone(), Arc::clone(clock));
    let signals = Signals::new(&app.settings.n8n, (store.clone(), programmes.clone()), Arc::clone(clock))?;
    let mut all = Destinations {
        feeds: Vec::new(),
        intents: vec![Arc::new(texts), Arc::new(messages), Arc::new(signals), Arc::new(FollowUps(app.writer.clone()))],
    };
    if let Some(nocodb) = Nocodb::connect(&app.settings.nocodb)? {
        let sources = Sources { store: store.clone(), live: programmes.clone() };
        let tables = Arc::new(Projection::new(nocodb, Arc::clone(clock), sources));
        all.feeds.push(tables.clone());
        all.intents.push(tables);
    }
    if let Some(unomi) = Unomi::connect(&app.settings.unomi)? {
        let profiles = Arc::new(unomi.feed(store.clone(), app.writer.clone(), programmes.clone()));
        all.feeds.push(profiles.clone());
        all.intents.push(profiles);
    }
    Ok(all)
}

/// A new installation starts with a programme, so that the first purchase earns: the CSV folder's, or the sample until
/// NocoDB's tables say something else.
pub async fn first_programme(
    settings: &Settings,
    store: &Store,
    live: &LiveProgrammes,
    clock: &dyn Clock,
    not_live: &watch::Sender<String>,
) -> anyhow::Result<()> {
    let brand = &settings.server.brand;
    if clock.doubt().is_some() && live.of(brand).is_some() {
        return Ok(()); // a version is live from an instant on: what was edited waits
    }
    if settings.nocodb.url.is_none() {
        match CsvFolder::open(settings)?.first_publish(store, live, brand, clock).await {
            Err(
                error @ (FolderError::Problems(_)
                | FolderError::Unreadable(..)
                | FolderError::Missing { .. }
                | FolderError::Waits),
            ) if live.of(brand).is_some() => {
                csv_folder::say(Err(error), not_live);
            }
            other => other?,
        }
    }
    if live.of(brand).is_none() {
        let tables = programme::sample::tables();
        match check(&tables) {
            Ok(programme) => live.publish(store, brand, &tables, programme, clock.now()).await?,
            Err(problems) => bail!("the sample programme is not valid: {}", problems[0]),
        };
    }
    Ok(())
}

/// Watches where the programme's rows come from: NocoDB when it is connected, else the CSV folder.
pub fn watch_programme(app: &Arc<App>) -> anyhow::Result<()> {
    let (brand, stop) = (app.settings.server.brand.clone(), app.tasks.stop.clone());
    let (store, live, clock) = (app.store.clone(), app.programmes.clone(), Arc::clone(&app.clock));
    if let Some(nocodb) = Nocodb::connect(&app.settings.nocodb)? {
        let around = Around { store, live, brand, clock, health: app.health.clone() };
        let drafts = Drafts::new(nocodb, &app.settings.programme, around).foreseeing(app.latest.clone());
        app.tasks.spawn("drafts", drafts.watch(stop.clone()));
        app.tasks.spawn("members by row", app.row_counting().run(stop)); // seen there alone
    } else {
        let around = csv_folder::Around { store, live, brand, clock, not_live: Arc::clone(&app.not_live) };
        app.tasks.spawn("programme", CsvFolder::open(&app.settings)?.watch(around, stop));
    }
    Ok(())
}

/// NocoDB's tables, for who begins from a template.
struct Sheet(Nocodb);

impl templates::Sheet for Sheet {
    fn fill<'a>(&'a self, tables: &'a Tables) -> Sending<'a, Result<Filled, String>> {
        Box::pin(async move {
            match self.0.fill_empty(tables).await {
                Ok(Ok(rows)) => Ok(Filled::Rows(rows)),
                Ok(Err(with_rows)) => Ok(Filled::NotEmpty(with_rows)),
                Err(error) => Err(error.to_string()),
            }
        })
    }
}

/// Where a marketer's tables are, when NocoDB is connected.
pub fn sheet(settings: &Settings) -> anyhow::Result<Option<Arc<dyn templates::Sheet>>> {
    let nocodb = Nocodb::connect(&settings.nocodb)?;
    Ok(nocodb.map(|nocodb| Arc::new(Sheet(nocodb)) as Arc<dyn templates::Sheet>))
}

/// Shows in NocoDB who may be one person, and does what is decided there.
pub fn watch_pairs(app: &Arc<App>) -> anyhow::Result<()> {
    let Some(nocodb) = Nocodb::connect(&app.settings.nocodb)? else { return Ok(()) };
    let (store, writer, brand) = (app.store.clone(), app.writer.clone(), app.settings.server.brand.clone());
    let around = pairs::Around { store, writer, brand, clock: Arc::clone(&app.clock), health: app.health.clone() };
    let poll = Duration::from_millis(app.settings.programme.poll_ms);
    app.tasks.spawn("pairs", Pairs::new(nocodb, poll, around).watch(app.tasks.stop.clone()));
    Ok(())
}

/// Lets the model draft translations, where both it and NocoDB are connected.
pub fn watch_translations(app: &Arc<App>) -> anyhow::Result<()> {
    let Some(nocodb) = Nocodb::connect(&app.settings.nocodb)?.filter(|_| app.author.has_model()) else { return Ok(()) };
    let drafting = Drafting::new(nocodb, Arc::clone(&app.author), (Arc::clone(&app.clock), app.health.clone()));
    app.tasks.spawn("translations", drafting.watch(app.tasks.stop.clone()));
    Ok(())
}

/// Takes up what is changed by hand in the rows of members and points.
pub fn watch_edits(app: &Arc<App>) -> anyhow::Result<()> {
    let Some(nocodb) = Nocodb::connect(&app.settings.nocodb)? else { return Ok(()) };
    let (store, live, writer) = (app.store.clone(), app.programmes.clone(), app.writer.clone());
    let around = edits::Around { store, live, writer, clock: Arc::clone(&app.clock), health: app.health.clone() };
    let poll = Duration::from_millis(app.settings.programme.poll_ms);
    app.tasks.spawn("edits", Edits::new(nocodb, poll, around).watch(app.tasks.stop.clone()));
    Ok(())
}

/// Keeps members' segments as fresh as Unomi has them.
pub fn watch_segments(app: &Arc<App>) -> anyhow::Result<()> {
    let Some(unomi) = Unomi::connect(&app.settings.unomi)? else { return Ok(()) };
    let (store, writer, programmes) = (app.store.clone(), app.writer.clone(), app.programmes.clone());
    let (clock, health, hints) = (Arc::clone(&app.clock), app.health.clone(), app.changed_profiles.clone());
    let around = unomi::watch::Around { store, writer, programmes, clock, health, hints };
    if let Some(watch) = unomi.watch(Duration::from_millis(app.settings.unomi.poll_ms), around) {
        app.tasks.spawn("segments", watch.run(app.tasks.stop.clone()));
    } else {
        tracing::info!("without unomi.password segments come with a member's next event only");
    }
    Ok(())
}
