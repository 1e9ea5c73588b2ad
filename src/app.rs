//! The wiring: settings in, a running service out.

use std::{collections::BTreeMap, io::IsTerminal, sync::Arc};

use anyhow::{Context, anyhow, bail};
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
        run::{Courier, LEASE},
    },
    inbound::{self, listener, metrics::Metrics, turns::Turns},
    intake::{Country, Reader, phone},
    lifecycle::{Tasks, asked_to_stop, outlive_file_limits},
    signature::Secret,
    store::{News, Store},
    systems::{openai::Author, unomi::watch::Hints},
    workers::{birthdays::Birthdays, due::DueWorker, searchable},
    writer::{Desk, Writer, names, programmes::LiveProgrammes},
};

pub mod accept;
pub mod connected;
pub mod standing;

use connected::Destinations;

/// What every request can reach.
pub struct App {
    pub settings: Arc<Settings>,
    pub store: Store,
    pub writer: Writer,
    /// What the writer works with: for deciding what is not to be kept.
    pub desk: Desk,
    pub programmes: LiveProgrammes,
    pub clock: Arc<dyn Clock>,
    pub health: Health,
    pub metrics: Metrics,
    /// What keeps the edited CSV folder from being live; empty = nothing.
    pub not_live: Arc<watch::Sender<String>>,
    /// Rung when there may be something to deliver.
    pub news: Arc<News>,
    /// Profiles that somebody says have changed.
    pub changed_profiles: Hints,
    pub secret: [u8; 32],
    /// Of phone numbers that name none.
    pub country: Option<Country>,
    pub keys: Keys,
    /// Who may read what is dear.
    pub turns: Turns,
    pub tasks: Tasks,
    pub author: Arc<Author>,
    /// Active secrets of `POST /webhooks/standard`; none = nothing is accepted there.
    pub webhook_secrets: Vec<Secret>,
}

impl App {
    /// Opens the store, brings the programme to life, and starts the writer and the deliveries.
    pub async fn start(settings: Settings, clock: Arc<dyn Clock>, tasks: Tasks) -> anyhow::Result<Arc<Self>> {
        let app = Self::open(settings, clock, tasks).await?;
        // Whatever this connector held in its last life, it takes up at once.
        app.store.release_leases(app.clock.now(), LEASE).await?;
        app.deliver(connected::destinations(&app)?);
        connected::watch_programme(&app)?;
        connected::watch_pairs(&app)?;
        connected::watch_segments(&app)?;
        app.anchor();
        app.tasks.spawn("due", app.due().run(app.tasks.stop.clone()));
        app.tasks.spawn("birthdays", app.birthdays().run(app.tasks.stop.clone()));
        app.tasks.spawn_for_once("search index", searchable::fill(app.store.clone(), app.tasks.stop.clone()));
        Ok(app)
    }

    /// Accepts and answers, and delivers nothing yet.
    pub async fn open(settings: Settings, clock: Arc<dyn Clock>, tasks: Tasks) -> anyhow::Result<Arc<Self>> {
        let store = open_store(&settings).await?;
        let secret = store.installation_secret().await?;
        let programmes = LiveProgrammes::default();
        programmes.load(&store).await?;
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
            deaf: connected::deaf(&settings),
            news: Arc::clone(&news),
            secret,
        };
        let (writer, writing) = Writer::new(desk.clone());
        tasks.spawn("writer", writing);
        let (health, keys) = (Health::default(), Keys::new(Pace::new(calls(&settings))));
        let author = Arc::new(Author::new(&settings.openai, secret).context("settings of openai")?);
        Ok(Arc::new(Self {
            settings,
            store,
            writer,
            desk,
            programmes,
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
            webhook_secrets,
        }))
    }

    /// What reading needs to know beside the text.
    pub fn reader(&self) -> Reader {
        Reader::new(self.clock.now(), self.country)
    }

    /// The worker of what falls due.
    pub fn due(&self) -> DueWorker {
        DueWorker { store: self.store.clone(), writer: self.writer.clone(), clock: Arc::clone(&self.clock) }
    }

    /// The worker of birthdays.
    pub fn birthdays(&self) -> Birthdays {
        Birthdays {
            store: self.store.clone(),
            writer: self.writer.clone(),
            clock: Arc::clone(&self.clock),
            programmes: self.programmes.clone(),
            done: BTreeMap::new(),
        }
    }

    fn anchor(&self) {
        let (brands, stop) = (self.programmes.all().into_keys().collect(), self.tasks.stop.clone());
        let anchors = Anchors::of(&self.settings.server.data);
        self.tasks.spawn("anchors", anchors.keep(self.store.clone(), brands, Arc::clone(&self.clock), stop));
    }

    fn deliver(self: &Arc<Self>, destinations: Destinations) {
        let courier = Courier {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            health: self.health.clone(),
            news: Arc::clone(&self.news),
            stop: self.tasks.stop.clone(),
        };
        for feed in destinations.feeds {
            for _ in 0..feed.lanes() {
                self.tasks.spawn(feed.name(), courier.clone().feed(Arc::clone(&feed)));
            }
        }
        for intents in destinations.intents {
            self.tasks.spawn(intents.name(), courier.clone().carry(intents));
        }
    }
}

/// The country of phone numbers that name none.
pub fn country(settings: &Settings) -> anyhow::Result<Option<Country>> {
    let code = settings.programme.country.trim();
    if code.is_empty() { Ok(None) } else { code.parse().map(Some).context("setting programme.country") }
}

fn calls(settings: &Settings) -> Calls {
    let limits = &settings.limits;
    Calls { per_key: limits.key_calls, strangers: limits.stranger_calls, logins_a_minute: limits.logins }
}

fn webhook_secrets(settings: &Settings) -> anyhow::Result<Vec<Secret>> {
    let Some(text) = &settings.webhooks.standard_secrets else { return Ok(Vec::new()) };
    Secret::parse_all(text.expose_secret()).context("setting webhooks.standard_secrets")
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
    let app = App::start(settings, clock.clone(), tasks.clone()).await?;
    tasks.spawn("clock", kept.keep(clock, tasks.stop.clone()));
    first_key(&app).await?;
    drop(tokio::task::spawn_blocking(phone::prepare));
    let address = listener.local_addr()?;
    tracing::info!("listening on http://{address}");
    let (router, stop) = (inbound::router(Arc::clone(&app)), tasks.stop.clone());
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
