//! The newest forecast of each brand's draft, worked out beside the service: one at a time, and one of an older draft is given up.
//! Guarantees: whoever asks is answered at once with what there is; a forecast that is a day old is made again.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{Failed, Progress, Request, run};
use crate::{clock::Clock, lifecycle::Tasks, simulation::Forecast, store::Store};

/// After so long what happened since may say something else.
const OLD: SignedDuration = SignedDuration::from_hours(24);
/// After a failure, or where nothing had happened yet, it is tried again so much later.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// Longest wait of a caller for its turn.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which draft, held against which version.
pub type Key = (String, u32);

/// A forecast and when it was made.
#[derive(Debug, Clone)]
pub struct Made {
    pub forecast: Arc<Forecast>,
    pub at: Timestamp,
}

/// The forecasts of all brands. Cloning shares them.
#[derive(Clone)]
pub struct Latest(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
    one_at_a_time: Semaphore,
    brands: Mutex<BTreeMap<String, OfBrand>>,
}

struct OfBrand {
    key: Key,
    made: Option<Made>,
    /// When it was last begun, and how to give it up.
    begun: Timestamp,
    under_way: Option<CancellationToken>,
}

impl Latest {
    pub fn new(store: Store, clock: Arc<dyn Clock>, tasks: Tasks) -> Self {
        Self(Arc::new(Inner { store, clock, tasks, one_at_a_time: Semaphore::new(1), brands: Mutex::default() }))
    }

    /// The newest of a brand, of whatever draft it was.
    pub fn of(&self, brand: &str) -> Option<Made> {
        let brands = self.0.brands.lock().unwrap_or_else(PoisonError::into_inner);
        brands.get(brand)?.made.clone()
    }

    /// Whether there is one of the brand, or will be.
    pub fn is_busy_with(&self, brand: &str) -> bool {
        self.0.brands.lock().unwrap_or_else(PoisonError::into_inner).contains_key(brand)
    }

    /// That of this draft; where there is none, or an old one, it is begun. Must be called within a runtime.
    pub fn wanted(&self, brand: &str, key: &Key, request: impl FnOnce() -> Request) -> Option<Made> {
        let now = self.0.clock.now();
        let mut brands = self.0.brands.lock().unwrap_or_else(PoisonError::into_inner);
        let known = brands.get(brand).filter(|known| known.key == *key);
        let made = known.and_then(|known| known.made.clone());
        let is_enough = known.is_some_and(|known| {
            let age = |at: Timestamp| now.duration_since(at);
            let is_made = known.made.as_ref().is_some_and(|made| made.forecast.has_history());
            known.under_way.is_some() || age(known.begun) < if is_made { OLD } else { AGAIN }
        });
        if is_enough {
            return made;
        }
        let under_way = self.0.tasks.stop.child_token();
        let begun = OfBrand { key: key.clone(), made: made.clone(), begun: now, under_way: Some(under_way.clone()) };
        if let Some(older) = brands.insert(brand.to_owned(), begun).and_then(|older| older.under_way) {
            older.cancel();
        }
        drop(brands);
        let work = self.clone().work_out(brand.to_owned(), key.clone(), request(), under_way);
        self.0.tasks.spawn_aside("forecast", work);
        made
    }

    async fn work_out(self, brand: String, key: Key, request: Request, stop: CancellationToken) {
        let one_at_a_time = tokio::select! { one_at_a_time = self.0.one_at_a_time.acquire() => one_at_a_time, () = stop.cancelled() => return };
        let Ok(_mine) = one_at_a_time else { return };
        let worked = run(&self.0.store, &request, Progress { done: &|_, _| (), stop: &stop }).await;
        let made = match worked {
            Ok(forecast) => Some(Made { forecast: Arc::new(forecast), at: self.0.clock.now() }),
            Err(Failed::Stopped) => return, // a newer one has its place
            Err(error) => {
                tracing::warn!(%error, brand, "what a draft would have done could not be worked out; it is tried again");
                None
            }
        };
        let mut brands = self.0.brands.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = brands.get_mut(&brand).filter(|known| known.key == key) {
            known.under_way = None;
            known.made = made.or(known.made.take());
        }
    }

    /// Works one out for a caller, who waits for a turn; none where it does not come.
    pub async fn aside(&self, request: &Request) -> Option<Result<Forecast, Failed>> {
        let _mine = timeout(PATIENCE, self.0.one_at_a_time.acquire()).await.ok()?.ok()?;
        Some(run(&self.0.store, request, Progress { done: &|_, _| (), stop: &self.0.tasks.stop }).await)
    }

    /// The same, and people see it where no other is wanted.
    pub async fn at_once(&self, request: &Request) -> Option<Result<Arc<Forecast>, Failed>> {
        let forecast = match self.aside(request).await? {
            Ok(forecast) => Arc::new(forecast),
            Err(error) => return Some(Err(error)),
        };
        let now = self.0.clock.now();
        let key = (forecast.draft.clone(), forecast.live);
        let made = Some(Made { forecast: Arc::clone(&forecast), at: now });
        let mut brands = self.0.brands.lock().unwrap_or_else(PoisonError::into_inner);
        if brands.get(&request.brand).is_none_or(|known| known.under_way.is_none()) {
            brands.insert(request.brand.clone(), OfBrand { key, made, begun: now, under_way: None });
        }
        Some(Ok(forecast))
    }

    /// What a purchase of the brand usually comes to, in minor units, as far as a forecast has seen some.
    pub fn usual_order(&self, brand: &str) -> Option<i64> {
        let forecast = self.of(brand)?.forecast;
        forecast.sales.checked_div(forecast.orders)
    }

    /// That of this draft and this version, where there is one that is not old.
    pub fn made(&self, brand: &str, key: &Key) -> Option<Made> {
        self.against(brand, key.1).filter(|made| made.forecast.draft == key.0)
    }

    /// The newest of a brand that was held against this version and is not old.
    pub fn against(&self, brand: &str, live: u32) -> Option<Made> {
        let now = self.0.clock.now();
        self.of(brand).filter(|made| made.forecast.live == live && now.duration_since(made.at) < OLD)
    }
}
