//! A ledger with a feed to some Unomi, turned by hand.

use std::sync::Arc;

use loyalty_connector::{
    clock::Clock,
    config::{self, Settings},
    delivery::{Health, run::Courier},
    store::DeadLetter,
    systems::unomi::{Feed, Unomi},
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{self, TestApp};

pub struct Desk {
    pub app: TestApp,
    pub url: String,
    pub feed: Feed,
    pub courier: Courier,
}

/// Settings for a Unomi at this address.
pub fn settings(url: &str) -> config::Unomi {
    let mut settings = Settings::load(None).unwrap().unomi;
    settings.url = Some(url.to_owned());
    settings.peer_key = Some("peer-key".to_owned().into());
    settings
}

impl Desk {
    pub async fn with(settings: config::Unomi) -> Self {
        let app = support::app().await;
        let unomi = Unomi::connect(&settings).unwrap().expect("an address is set");
        let feed = unomi.feed(app.app.store.clone(), app.app.writer.clone(), app.app.programmes.clone());
        let clock: Arc<dyn Clock> = app.clock.clone();
        let courier = Courier {
            store: app.app.store.clone(),
            clock,
            health: Health::default(),
            news: Arc::clone(&app.app.news),
            stop: CancellationToken::new(),
        };
        Self { app, url: settings.url.unwrap_or_default(), feed, courier }
    }

    /// Makes everything due and delivers one turn.
    pub async fn turn(&self) -> usize {
        self.courier.store.feed_everybody("unomi", self.courier.clock.now()).await.unwrap();
        self.courier.feed_once(&self.feed).await.unwrap()
    }

    /// Feeds of members by state.
    pub async fn states(&self) -> Vec<(String, u64)> {
        let counts = self.courier.store.delivery_counts("main").await.unwrap();
        counts.into_iter().filter(|(name, ..)| name == "unomi").map(|(_, state, count)| (state, count)).collect()
    }

    pub async fn dead_letters(&self) -> Vec<DeadLetter> {
        self.courier.store.dead_letters("main", 100).await.unwrap()
    }

    pub fn problem(&self) -> String {
        self.courier.health.all().get("unomi").and_then(|standing| standing.last_problem.clone()).unwrap_or_default()
    }

    /// Accepts a purchase; the member's id.
    pub async fn purchase(&self, member: &str, order: &str) -> String {
        let (status, receipt) = self.app.put_order(order, support::purchase(member, 1)).await;
        assert_eq!(status, 200, "{receipt}");
        receipt["member_id"].as_str().unwrap().to_owned()
    }

    /// Accepts events of these types.
    pub async fn events(&self, member: &str, kinds: &[&str]) {
        let event = |(n, kind): (usize, &&str)| {
            json!({"id": format!("{member}-{n}-{kind}"), "type": kind, "member": {"external_id": member},
                   "occurred_at": "2026-11-20T11:00:00Z", "data": {}})
        };
        let events: Vec<Value> = kinds.iter().enumerate().map(event).collect();
        let (status, answer) = self.app.call("POST", "/v1/events", Some(Value::Array(events))).await;
        assert_eq!(status, 200, "{answer}");
    }

    pub async fn member(&self, id: &str) -> Value {
        self.app.call("GET", &format!("/v1/members/{id}"), None).await.1
    }
}
