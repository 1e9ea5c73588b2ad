//! The composition root: settings in, a running service out. The only file that names everybody.

use std::{io::IsTerminal, sync::Arc};

use anyhow::{Context, anyhow, bail};
use axum::Router;
use secrecy::ExposeSecret;
use tokio::{net::TcpListener, sync::watch};

use crate::{
    access::{Keys, Pace, keys, pace::Calls},
    audit::anchor::Anchors,
    clock::{Clock, GuardedClock, kept::Kept},
    config::Settings,
    data_folder::{DataFolder, open_store, write_secret},
    delivery::{
        Health,
        hints::Hints,
        run::{Courier, LEASE},
    },
    forecast::Latest,
    http::{self, listener},
    intake::phone,
    lifecycle::{Tasks, asked_to_stop, outlive_file_limits},
    messages::author::Author,
    pages,
    service::{App, country, mercy, metrics::Metrics, turns::Turns},
    signature::Secret,
    store::News,
    systems::openai,
    workers::searchable,
    writer::{Desk, Writer, names, programmes::LiveProgrammes},
};

pub mod connected;

use connected::Destinations;

/// Opens the store, brings the programme to life, and starts the writer and the deliveries.
pub async fn start(settings: Settings, clock: Arc<dyn Clock>, tasks: Tasks) -> anyhow::Result<Arc<App>> {
    let app = open(settings, clock, tasks).await?;
    // Whatever this connector held in its last life, it takes up at once.
    app.store.release_leases(app.clock.now(), LEASE).await?;
    deliver(&app, connected::destinations(&app)?);
    connected::watch_programme(&app)?;
    connected::watch_pairs(&app)?;
    connected::watch_edits(&app)?;
    connected::watch_translations(&app)?;
    connected::watch_segments(&app)?;
    anchor(&app);
    for brand in app.programmes.all().keys() {
        mercy::take_back_aside(&app, brand); // what was broken off
    }
    app.tasks.spawn("stop-loss", app.stop_loss().run(app.tasks.stop.clone()));
    app.tasks.spawn("due", app.due().run(app.tasks.stop.clone()));
    app.tasks.spawn("segments", app.sweep().run(app.tasks.stop.clone()));
    app.tasks.spawn("top spend", app.top_spending().run(app.tasks.stop.clone()));
    app.tasks.spawn("birthdays", app.birthdays().run(app.tasks.stop.clone()));
    app.tasks.spawn_for_once("search index", searchable::fill(app.store.clone(), app.tasks.stop.clone()));
    Ok(app)
}

/// Accepts and answers, and delivers nothing yet.
pub async fn open(settings: Settings, clock: Arc<dyn Clock>, tasks: Tasks) -> anyhow::Result<Arc<App>> {
    let store = open_store(&settings).await?;
    let secret = store.installation_secret().await?;
    let programmes = LiveProgrammes::load(&store).await?;
    names::gather(&store).await?;
    for brand in programmes.all().keys() {
        if let Some(newest) = store.newest_recorded(brand).await? {
            clock.learn(newest);
        }
    }
    let webhook_secrets = webhook_secrets(&settings)?;
    let country = country(&settings)?;
    let settings = Arc::new(settings);
    let not_live = Arc::new(watch::Sender::default());
    connected::first_programme(&settings, &store, &programmes, clock.as_ref(), &not_live).await?;
    let news = Arc::<News>::default();
    let desk = Desk {
        store: store.clone(),
        clock: Arc::clone(&clock),
        programmes: programmes.clone(),
        feeds: connected::feeds(&settings),
        unrouted: connected::unrouted(&settings),
        news: Arc::clone(&news),
        secret,
    };
    let (writer, writing) = Writer::new(desk.clone());
    tasks.spawn("writer", writing);
    let (health, keys) = (Health::default(), Keys::new(Pace::new(calls(&settings))));
    let author = Arc::new(Author::new(openai::connect(&settings.openai).context("settings of openai")?, secret));
    let sheet = connected::sheet(&settings)?;
    let latest = Latest::new(store.clone(), Arc::clone(&clock), tasks.clone());
    Ok(Arc::new(App {
        settings,
        store,
        writer,
        desk,
        programmes,
        latest,
        clock,
        health,
        metrics: Metrics::default(),
        not_live,
        news,
        changed_profiles: Hints::default(),
        secret,
        country,
        keys,
        turns: Turns::default(),
        tasks,
        author,
        sheet,
        webhook_secrets,
    }))
}

fn anchor(app: &App) {
    let (brands, stop) = (app.programmes.all().into_keys().collect(), app.tasks.stop.clone());
    let anchors = Anchors::of(&app.settings.server.data);
    app.tasks.spawn("anchors", anchors.keep(app.store.clone(), brands, Arc::clone(&app.clock), stop));
}

fn deliver(app: &App, destinations: Destinations) {
    let courier = Courier {
        store: app.store.clone(),
        clock: Arc::clone(&app.clock),
        health: app.health.clone(),
        news: Arc::clone(&app.news),
        stop: app.tasks.stop.clone(),
    };
    for feed in destinations.feeds {
        for _ in 0..feed.lanes() {
            app.tasks.spawn(feed.name(), courier.clone().feed(Arc::clone(&feed)));
        }
    }
    for intents in destinations.intents {
        app.tasks.spawn(intents.name(), courier.clone().carry(intents));
    }
}

fn calls(settings: &Settings) -> Calls {
    let limits = &settings.limits;
    Calls { per_key: limits.key_calls, strangers: limits.stranger_calls, logins_a_minute: limits.logins }
}

fn webhook_secrets(settings: &Settings) -> anyhow::Result<Vec<Secret>> {
    let Some(text) = &settings.webhooks.standard_secrets else { return Ok(Vec::new()) };
    Secret::parse_all(text.expose_secret()).context("setting webhooks.standard_secrets")
}

/// Everything that is served.
pub fn router(app: Arc<App>) -> Router {
    let pages = pages::routes(&app);
    http::router(app, pages)
}

/// Runs the service until it is asked to stop.
pub async fn serve(settings: Settings) -> anyhow::Result<()> {
    let listen = settings.server.listen.clone();
    let _folder = DataFolder::lock(&settings.server.data)?;
    let listener = TcpListener::bind(&listen).await.with_context(|| {
        format!("cannot listen on {listen} (--listen, LOYALTY__SERVER__LISTEN): is another program using the port? Choose another one")
    })?;
    outlive_file_limits();
    let tasks = Tasks::default();
    let kept = Kept::of(&settings.server.data);
    let clock = Arc::new(GuardedClock::begun(kept.read().as_ref()));
    let app = start(settings, clock.clone(), tasks.clone()).await?;
    tasks.spawn("clock", kept.keep(clock, tasks.stop.clone()));
    first_key(&app).await?;
    drop(tokio::task::spawn_blocking(phone::prepare));
    let address = listener.local_addr()?;
    tracing::info!("listening on http://{address}");
    let (router, stop) = (router(Arc::clone(&app)), tasks.stop.clone());
    let limits = listener::Limits::of(listener::room_for(app.settings.limits.connections));
    let watched = async {
        let ended = tokio::select! {
            () = asked_to_stop() => Ok(()),
            fallen = tasks.fallen() => Err(anyhow!("{fallen}: the process ends, so that whoever watches starts it again")),
        };
        tasks.stop.cancel();
        ended
    };
    let ((), ended) = tokio::join!(listener::serve(listener, router, limits, stop), watched);
    app.writer.end();
    tasks.ended().await;
    app.store.close().await;
    ended
}

/// Without an administrator's key nobody could make the others: make one, or take the one from outside.
async fn first_key(app: &App) -> anyhow::Result<()> {
    let (brand, now) = (&app.settings.server.brand, app.clock.now());
    if let Some(token) = &app.settings.admin_key {
        if !keys::adopt(&app.store, now, "admin", brand, token.expose_secret()).await? {
            bail!(
                "setting admin_key: must look like lk_ID_SECRET, with an id of 1 to 64 and a secret of 32 or more characters"
            );
        }
    } else if !app.store.keys().await?.iter().any(|key| key.scopes.iter().any(|scope| scope == "admin")) {
        let (_, token) = keys::create(&app.store, now, "admin", brand, &["admin".to_owned()]).await?;
        let file = app.settings.server.data.join("admin.key");
        write_secret(&file, &token).with_context(|| format!("cannot write {}", file.display()))?;
        // A log that keeps what is printed would keep the key.
        if std::io::stdout().is_terminal() {
            println!("\nAdministrator's key, shown this once and kept in {}:\n\n  {token}\n", file.display());
        } else {
            tracing::info!("the administrator's key is in {}", file.display());
        }
    }
    Ok(())
}
