//! A service with all five systems, each behind a line that can be cut; its deliveries are turned by the test, as the loops
//! do it: nobody is sent anything while it rests, and time passes only when there is nothing left to do.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    clock::Clock,
    config::Settings,
    delivery::run::Courier,
    serve::connected::{self, Destinations},
};
use serde_json::json;
use wiremock::MockServer;

use crate::{
    line::{Illness, Line},
    stand_ins::{Brevo, Model},
    support::{
        TestApp,
        nocodb::{self, StandIn},
        purchase,
        signals::{self, Listener},
        still_app_with,
        unomi::Fake,
    },
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    Nocodb,
    Unomi,
    OpenAi,
    Brevo,
    N8n,
}

impl System {
    pub const ALL: [Self; 5] = [Self::Nocodb, Self::Unomi, Self::OpenAi, Self::Brevo, Self::N8n];

    /// The name of its deliveries.
    pub fn destination(self) -> &'static str {
        match self {
            Self::Nocodb => "nocodb",
            Self::Unomi => "unomi",
            Self::OpenAi => "text",
            Self::Brevo => "message",
            Self::N8n => "signal",
        }
    }
}

/// The systems, and what they saw.
pub struct Systems {
    pub lines: BTreeMap<System, Line>,
    pub nocodb: StandIn,
    pub unomi: Fake,
    pub model: Model,
    pub brevo: Brevo,
    pub n8n: Listener,
    _servers: [MockServer; 4],
}

impl Systems {
    pub async fn start() -> Self {
        let unomi = Fake::default();
        let at = unomi.serve().await;
        let (nocodb_server, nocodb) = nocodb::start().await;
        let (model_server, model) = Model::start().await;
        let (brevo_server, brevo) = Brevo::start().await;
        let (n8n_server, n8n) = signals::start().await;
        let uris = [nocodb_server.uri(), at, model_server.uri(), brevo_server.uri(), n8n_server.uri()];
        let lines = System::ALL.into_iter().zip(uris.iter().map(|uri| Line::to(uri))).collect();
        let servers = [nocodb_server, model_server, brevo_server, n8n_server];
        Self { lines, nocodb, unomi, model, brevo, n8n, _servers: servers }
    }

    /// Connects a service to them.
    pub fn connect(&self, settings: &mut Settings) {
        let url = |system| Some(self.lines[&system].url());
        (settings.nocodb.url, settings.nocodb.token) = (url(System::Nocodb), Some("token".into()));
        (settings.unomi.url, settings.unomi.peer_key) = (url(System::Unomi), Some("peer-key".into()));
        settings.openai.url = url(System::OpenAi);
        settings.brevo.url = self.lines[&System::Brevo].url();
        settings.brevo.api_key = Some("xkeysib-test".into());
        (settings.n8n.signal_url, settings.n8n.signal_secret) = (url(System::N8n), Some(signals::SECRET.into()));
    }
}

/// How long callers wait for a system that hangs.
const PATIENCE_MS: u64 = 500;
/// After this much time of the test's clock everything must have arrived.
const CATCHES_UP_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// More turns than anything here needs.
const TURNS: usize = 300;

pub struct World {
    pub app: TestApp,
    pub systems: Systems,
    pub courier: Courier,
    destinations: Destinations,
}

impl World {
    pub async fn new() -> Self {
        Self::where_callers_of(&[]).await
    }

    /// Callers of these lose their patience soon.
    pub async fn where_callers_of(hanging: &[System]) -> Self {
        let systems = Systems::start().await;
        let app = still_app_with(|settings| {
            systems.connect(settings);
            settings.webhooks.standard_secrets = Some(signals::SECRET.into());
            for system in hanging {
                *match system {
                    System::Nocodb => &mut settings.nocodb.timeout_ms,
                    System::Unomi => &mut settings.unomi.timeout_ms,
                    System::OpenAi => &mut settings.openai.timeout_ms,
                    System::Brevo => &mut settings.brevo.timeout_ms,
                    System::N8n => &mut settings.n8n.timeout_ms,
                } = PATIENCE_MS;
            }
        })
        .await;
        let destinations = connected::destinations(&app.app).unwrap();
        let courier = Courier {
            store: app.app.store.clone(),
            clock: app.clock.clone(),
            health: app.app.health.clone(),
            news: Arc::clone(&app.app.news),
            stop: app.app.tasks.stop.clone(),
        };
        Self { app, systems, courier, destinations }
    }

    pub async fn make(&self, system: System, ill: Option<Illness>) {
        self.systems.lines[&system].set(ill).await;
    }

    /// A member's purchase is accepted and earns this.
    pub async fn buys(&self, member: &str, order: &str, points: i64) {
        let (status, receipt) = self.app.put_order(order, purchase(member, 1)).await;
        assert_eq!((status, receipt["points"]["earned"].as_i64()), (200, Some(points)), "{receipt}");
    }

    /// A member's review is accepted and earns 20.
    pub async fn reviews(&self, member: &str, id: &str) {
        let review = json!({"id": id, "type": "review", "member": {"external_id": member}});
        let (status, receipt) = self.app.call("POST", "/v1/events", Some(review)).await;
        assert_eq!((status, receipt["points"]["change"].as_i64()), (200, Some(20)), "{receipt}");
    }

    /// One turn of everything that does not rest; how many deliveries were tried.
    pub async fn turn(&self) -> usize {
        let rests = |name| self.courier.health.paused_until(name).is_some_and(|until| until > self.app.clock.now());
        let mut tried = 0;
        for feed in &self.destinations.feeds {
            if !rests(feed.name()) {
                tried += self.courier.feed_once(feed.as_ref()).await.unwrap();
            }
        }
        for intents in &self.destinations.intents {
            if !rests(intents.name()) {
                tried += self.courier.carry_once(intents.as_ref()).await.unwrap();
            }
        }
        tried
    }

    /// The instant at which there is something to do again.
    async fn next_due(&self) -> Option<Timestamp> {
        let mut all = Vec::new();
        for system in System::ALL {
            let name = system.destination();
            let due = self.courier.store.next_due(name).await.unwrap();
            all.extend(due.map(|due| self.courier.health.paused_until(name).map_or(due, |until| until.max(due))));
        }
        all.into_iter().min()
    }

    /// Tries everything until all of it rests, `times` times.
    pub async fn suffer(&self, times: usize) {
        for _ in 0..times {
            self.turns().await;
            let Some(at) = self.next_due().await else { return };
            self.app.clock.set(at.max(self.app.clock.now()));
        }
    }

    /// Delivers until nothing is due any more; no delivery may make it wait too long.
    pub async fn catch_up(&self) {
        let started = self.app.clock.now();
        for _ in 0..TURNS {
            self.turns().await;
            let Some(at) = self.next_due().await else { return };
            assert!(at.duration_since(started) <= CATCHES_UP_WITHIN, "something waits until {at}");
            self.app.clock.set(at.max(self.app.clock.now()));
        }
        panic!("deliveries do not come to an end");
    }

    async fn turns(&self) {
        for _ in 0..TURNS {
            if self.turn().await == 0 {
                return;
            }
        }
        panic!("deliveries are tried without a rest");
    }
}
