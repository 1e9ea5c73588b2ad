//! A Unomi that can be told to misbehave in the ways the real one was seen to.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Map, Value, json};
use tokio::sync::Notify;

/// How it behaves, and what it has seen.
#[derive(Default)]
pub struct Conduct {
    /// Answers everything with this.
    pub status: Option<u16>,
    /// `kind` of a loyaltyEvent that ends a request with 500, as a value that the index refuses does.
    pub poison: Option<String>,
    /// Event type that is dropped with a 200, as one without a schema is.
    pub drops: Option<String>,
    /// Answers for this profile instead.
    pub answers_for: Option<String>,
    /// Takes no properties, as with a wrong peer key: counted and not done.
    pub distrusts: bool,
    pub segments: BTreeSet<String>,
    /// Those that a search still shows.
    pub indexed: Option<BTreeSet<String>>,
    /// So many requests must have been under way at once before any is answered.
    pub together: usize,
    pub gate: Arc<Notify>,

    pub events: BTreeMap<String, Value>,
    /// Profile and id of each event as it came, the first time.
    pub arrived: Vec<(String, String)>,
    pub profiles: BTreeMap<String, Map<String, Value>>,
    /// Events in each request.
    pub requests: Vec<usize>,
    /// Events in one answer of a search; 100 when not set.
    pub page: Option<usize>,
    /// Events that a search shows twice.
    pub doubled: BTreeSet<String>,
    under_way: BTreeMap<String, usize>,
    /// Most requests that were under way for one profile, and in all.
    pub most_for_one: usize,
    pub most: usize,
}

#[derive(Clone, Default)]
pub struct Fake(pub Arc<Mutex<Conduct>>);

impl Fake {
    pub fn set(&self, change: impl FnOnce(&mut Conduct)) {
        change(&mut self.0.lock().unwrap());
    }

    pub fn see<T>(&self, look: impl FnOnce(&Conduct) -> T) -> T {
        look(&self.0.lock().unwrap())
    }

    /// Serves on a free port; its address.
    pub async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/cxs/context.json", post(context))
            .route("/cxs/events/search", post(search))
            .route("/cxs/profiles/search", post(profiles))
            .route("/cxs/profiles/{id}", get(profile))
            .with_state(self.clone());
        #[expect(clippy::disallowed_methods, reason = "ends with the test")]
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        url
    }

    fn arrive(&self, profile: &str) {
        let mut conduct = self.0.lock().unwrap();
        *conduct.under_way.entry(profile.to_owned()).or_default() += 1;
        conduct.most_for_one = conduct.most_for_one.max(conduct.under_way[profile]);
        conduct.most = conduct.most.max(conduct.under_way.values().sum());
        if conduct.most >= conduct.together {
            conduct.gate.notify_waiters();
        }
    }

    fn answer(&self, body: &Value) -> Response {
        let mut conduct = self.0.lock().unwrap();
        let profile = body["profileId"].as_str().unwrap().to_owned();
        *conduct.under_way.get_mut(&profile).unwrap() -= 1;
        if let Some(status) = conduct.status {
            return (StatusCode::from_u16(status).unwrap(), [("retry-after", "7")]).into_response();
        }
        let events = body["events"].as_array().unwrap();
        conduct.requests.push(events.len());
        let mut processed = 0;
        let mut status = StatusCode::OK;
        for event in events {
            if conduct.poison.is_some() && event["properties"]["kind"].as_str() == conduct.poison.as_deref() {
                status = StatusCode::INTERNAL_SERVER_ERROR;
                break;
            }
            if event["eventType"].as_str() == conduct.drops.as_deref() {
                continue;
            }
            processed += 1;
            if event["eventType"] != "updateProperties" {
                let id = event["itemId"].as_str().unwrap().to_owned();
                if conduct.events.insert(id.clone(), event.clone()).is_none() {
                    conduct.arrived.push((profile.clone(), id));
                }
            } else if !conduct.distrusts {
                let properties = conduct.profiles.entry(profile.clone()).or_default();
                for (name, value) in event["properties"]["update"].as_object().unwrap() {
                    properties.insert(name.trim_start_matches("properties.").to_owned(), value.clone());
                }
            }
        }
        let properties = conduct.profiles.get(&profile).cloned().unwrap_or_default();
        let profile = conduct.answers_for.clone().unwrap_or(profile);
        let body = json!({"profileId": profile, "processedEvents": processed, "profileSegments": conduct.segments,
            "profileProperties": {"loyaltyVersion": properties.get("loyaltyVersion")}});
        (status, Json(body)).into_response()
    }
}

async fn context(State(fake): State<Fake>, Json(body): Json<Value>) -> Response {
    let gate = fake.see(|conduct| Arc::clone(&conduct.gate));
    let opened = gate.notified();
    fake.arrive(body["profileId"].as_str().unwrap());
    if fake.see(|conduct| conduct.most < conduct.together) {
        opened.await;
    }
    for _ in 0..50 {
        tokio::task::yield_now().await; // room for a second request of the same profile, if there were one
    }
    fake.answer(&body)
}

/// Events of a profile, a page of at most `page`; those whose id is in `doubled` twice.
async fn search(State(fake): State<Fake>, Json(query): Json<Value>) -> Json<Value> {
    let profile = query["condition"]["parameterValues"]["propertyValue"].as_str().unwrap();
    let offset = usize::try_from(query["offset"].as_u64().unwrap()).unwrap();
    fake.see(|conduct| {
        let own = conduct.arrived.iter().filter(|(owner, _)| owner == profile);
        let all: Vec<&Value> = own
            .flat_map(|(_, id)| {
                let copies = if conduct.doubled.contains(id) { 2 } else { 1 };
                conduct.events.get(id).into_iter().flat_map(move |event| std::iter::repeat_n(event, copies))
            })
            .collect();
        let list: Vec<&&Value> = all.iter().skip(offset).take(conduct.page.unwrap_or(100)).collect();
        Json(json!({"list": list, "offset": offset, "totalSize": all.len()}))
    })
}

/// Every profile, as changed just now.
async fn profiles(State(fake): State<Fake>) -> Json<Value> {
    let changed = json!({"lastUpdated": "2026-11-20T12:00:00Z"});
    fake.see(|conduct| {
        let segments = conduct.indexed.as_ref().unwrap_or(&conduct.segments);
        let profile = |id: &String| json!({"itemId": id, "segments": segments, "systemProperties": changed});
        Json(json!({"list": conduct.profiles.keys().map(profile).collect::<Vec<_>>()}))
    })
}

async fn profile(State(fake): State<Fake>, Path(id): Path<String>) -> Response {
    match fake
        .see(|conduct| conduct.profiles.get(&id).cloned().map(|properties| (properties, conduct.segments.clone())))
    {
        Some((properties, segments)) => {
            Json(json!({"itemId": id, "properties": properties, "segments": segments})).into_response()
        }
        None => StatusCode::NO_CONTENT.into_response(),
    }
}
