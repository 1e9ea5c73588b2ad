//! What the rooms counted and what waits, in the text format of Prometheus (OpenMetrics).
//! Labels are names out of the program (routes, kinds, destinations), never what a caller sent, so their number is bounded and
//! nothing personal is shown. A key sees its own brand alone; requests, commits and how deliveries end are counted for the
//! process as a whole.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{App, conditions::conditions};
use crate::{intake::problem::Problem, store::StoreError, telemetry::requests::Requests};

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

/// Everything that is measured. Cloning shares it.
#[derive(Clone, Default)]
pub struct Metrics {
    pub requests: Requests,
    /// By brand: a key sees its own alone.
    brands: Arc<Mutex<BTreeMap<String, OfBrand>>>,
}

/// What is measured of one brand. Cloning shares the readings.
#[derive(Clone, Default)]
struct OfBrand {
    readings: Arc<Readings>,
    /// When the expensive ones were looked up last.
    counted_at: Option<Timestamp>,
}

/// Counting all rows is expensive in a large database: it is done at most this often.
const COUNTED_EVERY: SignedDuration = SignedDuration::from_secs(60);

impl Metrics {
    fn registry(&self, app: &App, readings: &Readings, brand: &str) -> Registry {
        let mut all = Registry::with_prefix("loyalty");
        self.requests.register(&mut all);
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

    /// All that a key of this brand may see, as text.
    pub async fn text(&self, app: &App, brand: &str) -> Result<String, Problem> {
        let OfBrand { readings, .. } = self.of(brand);
        self.read(app, &readings, brand).await?;
        let mut text = String::new();
        encode(&mut text, &self.registry(app, &readings, brand))
            .map_err(|error| Problem::unavailable(error.to_string()))?;
        Ok(text)
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
