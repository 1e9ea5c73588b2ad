//! `GET /metrics`: what the rooms counted and what waits, in the text format of Prometheus (OpenMetrics).
//! Labels are names out of the program (routes, kinds, destinations), never what a caller sent, so their number is bounded
//! and nothing personal is told. How much is sold is no public matter: a key with the scope `metrics` is needed, and it is
//! told of its own brand. Requests, commits and how deliveries end are counted for the process as a whole.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::State,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use super::{auth::Caller, problem::Problem};
use crate::{
    app::{App, standing::conditions},
    store::StoreError,
};

/// A request by the route that took it, not by its path: paths hold ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Destination {
    destination: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Waiting {
    destination: String,
    state: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Brand {
    brand: String,
}

/// Seconds a request took: from less than a commit to longer than anybody waits.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Requests as they are answered. Cloning shares it.
#[derive(Clone)]
pub struct Requests {
    answered: Family<Call, Counter>,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
}

impl Default for Requests {
    fn default() -> Self {
        Self { answered: Family::default(), seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)) }
    }
}

impl Requests {
    /// Counts a request that a route took, and how long the answer took.
    pub fn answered(&self, by: &Method, route: &str, status: StatusCode, took: Duration) {
        let route = route.to_owned();
        self.seconds.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
        self.answered.get_or_create(&Call { method: method(by), route, status: status.as_u16() }).inc();
    }
}

/// A caller may invent methods; they are one.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "PUT" => "PUT",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// What is looked up when somebody asks, and not counted on the way.
#[derive(Default)]
struct Readings {
    queue: Gauge,
    members: Family<Brand, Gauge>,
    duplicates: Family<Brand, Gauge>,
    programme: Family<Brand, Gauge>,
    deliveries: Family<Waiting, Gauge>,
    lag: Family<Destination, Gauge>,
    resting: Family<Destination, Gauge>,
    fine: Family<Destination, Gauge>,
}

/// Everything that is told. Cloning shares it.
#[derive(Clone, Default)]
pub struct Metrics {
    pub requests: Requests,
    /// By brand: a key is told of its own alone.
    brands: Arc<Mutex<BTreeMap<String, OfBrand>>>,
}

/// What is told of one brand. Cloning shares the readings.
#[derive(Clone, Default)]
struct OfBrand {
    readings: Arc<Readings>,
    /// When the dear ones were looked up last.
    counted_at: Option<Timestamp>,
}

/// Counting all rows is dear in a large database: it is done at most this often.
const COUNTED_EVERY: SignedDuration = SignedDuration::from_secs(60);

impl Metrics {
    fn registry(&self, app: &App, readings: &Readings, brand: &str) -> Registry {
        let requests = &self.requests;
        let mut all = Registry::with_prefix("loyalty");
        all.register("http_requests", "Requests answered", requests.answered.clone());
        all.register("http_request_seconds", "Time until the answer", requests.seconds.clone());
        app.writer.meter.register(&mut all, brand);
        app.health.register(&mut all);
        all.register("queue_events", "Events that wait for the writer", readings.queue.clone());
        all.register("members", "Members, counted once a minute", readings.members.clone());
        let help = "Pairs of members that may be one person and wait for somebody's word, counted once a minute";
        all.register("possible_duplicates", help, readings.duplicates.clone());
        all.register("programme_version", "Version of the live programme", readings.programme.clone());
        let help = "Feeds and intents by state, counted once a minute; dead and unknown ones wait for a person";
        all.register("delivery_rows", help, readings.deliveries.clone());
        all.register("delivery_lag_seconds", "Age of the oldest delivery that is due", readings.lag.clone());
        all.register("destination_resting", "1 while nothing is sent there", readings.resting.clone());
        let help = "1 while a system does its part; 0 when it is out of reach, refuses something, has dead letters, or is stood in for";
        all.register("destination_fine", help, readings.fine.clone());
        all
    }

    async fn read(&self, app: &App, readings: &Readings, brand: &str) -> Result<(), StoreError> {
        let now = app.clock.now();
        readings.queue.set(i64::try_from(app.writer.waiting()).unwrap_or(i64::MAX));
        for destination in DESTINATIONS {
            let label = Destination { destination: destination.to_owned() };
            let due = app.store.oldest_due(brand, destination).await?;
            let lag = due.map_or(0, |due| now.duration_since(due).as_secs().max(0));
            readings.lag.get_or_create(&label).set(lag);
            let resting = app.health.paused_until(destination).is_some_and(|until| until > now);
            readings.resting.get_or_create(&label).set(i64::from(resting));
        }
        for system in conditions(app).await? {
            let label = Destination { destination: system.destination.to_owned() };
            readings.fine.get_or_create(&label).set(i64::from(system.condition.is_fine()));
        }
        let label = Brand { brand: brand.to_owned() };
        if let Some(programmes) = app.programmes.of(brand) {
            readings.programme.get_or_create(&label).set(i64::from(programmes.live().number));
        }
        if self.is_time_to_count(brand, now) {
            readings.deliveries.clear();
            for (destination, state, rows) in app.store.delivery_counts(brand).await? {
                let rows = i64::try_from(rows).unwrap_or(i64::MAX);
                readings.deliveries.get_or_create(&Waiting { destination, state }).inc_by(rows);
            }
            let pairs = app.store.duplicate_counts().await?.into_iter().find(|(known, _)| known == brand);
            let pairs = pairs.map_or(0, |(_, pairs)| i64::try_from(pairs).unwrap_or(i64::MAX));
            readings.duplicates.get_or_create(&label).set(pairs);
            let members = app.store.members().await?.into_iter().find(|(known, _)| known == brand);
            let members = members.map_or(0, |(_, members)| i64::try_from(members).unwrap_or(i64::MAX));
            readings.members.get_or_create(&label).set(members);
        }
        Ok(())
    }

    fn of(&self, brand: &str) -> OfBrand {
        let mut brands = self.brands.lock().unwrap_or_else(PoisonError::into_inner);
        brands.entry(brand.to_owned()).or_default().clone()
    }

    fn is_time_to_count(&self, brand: &str, now: Timestamp) -> bool {
        let mut brands = self.brands.lock().unwrap_or_else(PoisonError::into_inner);
        let counted_at = &mut brands.entry(brand.to_owned()).or_default().counted_at;
        let is_time = counted_at.is_none_or(|at| now.duration_since(at) >= COUNTED_EVERY);
        if is_time {
            *counted_at = Some(now);
        }
        is_time
    }
}

/// Where things are delivered to.
const DESTINATIONS: [&str; 5] = ["nocodb", "unomi", "text", "message", "signal"];

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counts, times and what waits, for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "operations", security(("key" = ["metrics"])),
    responses((status = 200, body = String, content_type = "application/openmetrics-text"),
              (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn get(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    let (brand, OfBrand { readings, .. }) = (&caller.brand, app.metrics.of(&caller.brand));
    app.metrics.read(&app, &readings, brand).await?;
    let mut text = String::new();
    encode(&mut text, &app.metrics.registry(&app, &readings, brand))
        .map_err(|error| Problem::unavailable(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}
