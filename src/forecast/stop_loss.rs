//! Rows that give far more than was foreseen stop by themselves. Each row is watched in its first 30 days: what it gave is held against
//! the forecast of the version that brought it, worked out from what happened before that version.
//! Guarantees: only a row with a forecast of enough history is stopped, by a version that says so and changes nothing else.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::{Failed, Latest, Request};
use crate::{
    clock::{Clock, to_micros},
    loyalty::mechanics::gives_as,
    programme::{Tables, changes},
    simulation::{Window, forecast::Does},
    store::{Store, StoreError, published::PublishedRows},
    writer::{
        programmes::{self, LiveProgrammes},
        publishing::{NotPublished, Publishing, Stopped, row_of},
    },
};

/// How long a row is watched, and how far back its forecast looks.
const WATCHED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A forecast of less than this is not enough to stop anything by.
const HISTORY: SignedDuration = SignedDuration::from_hours(14 * 24);
const TIMES: i64 = 10;
const EVERY: Duration = Duration::from_secs(3_600);

/// By table and row: points that are foreseen in 30 days.
type Foreseen = BTreeMap<(String, String), i64>;

pub struct StopLoss {
    pub store: Store,
    pub live: LiveProgrammes,
    pub latest: Latest,
    pub clock: Arc<dyn Clock>,
    /// By brand and version: it is the same however often it is worked out.
    pub foreseen: BTreeMap<(String, u32), Arc<Foreseen>>,
}

/// Why rows could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum NotWatched {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Forecast(#[from] Failed),
    #[error("another forecast is being worked out")]
    NoTurn,
    #[error(transparent)]
    NotPublished(#[from] NotPublished),
}

impl StopLoss {
    /// Looks every hour until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! { () = tokio::time::sleep(EVERY) => {}, () = stop.cancelled() => return }
            for brand in self.live.all().into_keys() {
                if let Err(error) = self.look(&brand).await {
                    tracing::warn!(%error, brand, "what rows gave was not held against their forecasts; it is tried again");
                }
            }
        }
    }

    /// Stops the rows of a brand that gave too much; which they were.
    pub async fn look(&mut self, brand: &str) -> Result<Vec<Stopped>, NotWatched> {
        let Some(programmes) = self.live.of(brand).filter(|_| self.clock.doubt().is_none()) else {
            return Ok(Vec::new());
        };
        let (now, live) = (self.clock.now(), programmes.live().number);
        let stop_at = programmes.live().programme.settings.stop_at;
        let published = self.store.published().await?;
        let versions: Vec<&PublishedRows> = published.iter().filter(|rows| rows.brand == brand).collect();
        let mut stopped = Vec::new();
        for version in versions.iter().filter(|version| stop_at > 0 && is_watched(version, now)) {
            let rows = brought_by(&versions, version.number)?;
            if rows.is_empty() {
                continue;
            }
            let foreseen = self.foreseen(brand, &versions, version).await?;
            let gave = self.store.given_by_rules(brand, to_micros(version.effective_at), to_micros(now)).await?;
            for (table, row) in rows {
                let gave = gave.get(&gives_as(&table, &row)).copied().unwrap_or(0);
                let limit = foreseen.get(&(table.clone(), row.clone())).and_then(|points| points.checked_mul(stop_at));
                if limit.is_some_and(|limit| gave >= limit) {
                    let foreseen = limit.unwrap_or(0) / stop_at;
                    stopped.push(Stopped { table, row, since: version.number, gave, foreseen });
                }
            }
        }
        let publishing = Publishing { store: &self.store, live: &self.live, brand, now };
        if stopped.is_empty() || !publishing.stop(live, stopped.clone()).await? {
            return Ok(Vec::new());
        }
        for one in &stopped {
            let (table, row, says) = (&one.table, &one.row, one.says(live + 1));
            tracing::warn!(brand, table, row, "{says}");
        }
        Ok(stopped)
    }

    /// What each row of a version was foreseen to give in 30 days, from what happened before it; only rows with enough of that.
    async fn foreseen(
        &mut self,
        brand: &str,
        versions: &[&PublishedRows],
        version: &PublishedRows,
    ) -> Result<Arc<Foreseen>, NotWatched> {
        let key = (brand.to_owned(), version.number);
        if let Some(known) = self.foreseen.get(&key) {
            return Ok(Arc::clone(known));
        }
        let before = versions.iter().rfind(|known| known.number < version.number);
        let programmes = self.live.of(brand);
        let (Some(before), Some(programmes)) = (before, programmes) else { return Ok(Arc::default()) };
        let (draft, live) = (programmes::tables(version)?.named(), programmes::tables(before)?.named());
        let programme = Arc::clone(&programmes.number(version.number).programme);
        let until = version.effective_at;
        let request = Request::checked(brand, (draft, programme), (live, programmes.as_of(before.number)), until);
        let Window { from, until } = request.window;
        let length = until.duration_since(from);
        let mut foreseen = Foreseen::new();
        if length >= HISTORY {
            let forecast = self.latest.aside(&request).await.ok_or(NotWatched::NoTurn)??;
            for row in forecast.rows.iter().filter(|row| row.does == Does::Gives) {
                let Some(gives) = row.then.filter(|gives| gives.times >= TIMES && gives.points > 0) else { continue };
                let points =
                    i128::from(gives.points) * i128::from(WATCHED.as_secs()) / i128::from(length.as_secs().max(1));
                let points = i64::try_from(points).unwrap_or(i64::MAX);
                foreseen.insert((row.table.clone(), row.row.clone()), points);
            }
        }
        let foreseen = Arc::new(foreseen);
        self.foreseen.insert(key, Arc::clone(&foreseen));
        Ok(foreseen)
    }
}

fn is_watched(version: &PublishedRows, now: Timestamp) -> bool {
    now.duration_since(version.effective_at) < WATCHED
}

/// The rows of the live version that say what they say since this version and not before.
fn brought_by(versions: &[&PublishedRows], number: u32) -> Result<Vec<(String, String)>, StoreError> {
    let tables = |rows: &PublishedRows| programmes::tables(rows).map(|tables| tables.content());
    let before = versions.iter().rfind(|rows| rows.number < number);
    let Some(before) = before else { return Ok(Vec::new()) }; // the first version has nothing before it to foresee by
    let before = tables(before)?;
    let since: Vec<Tables> =
        versions.iter().filter(|rows| rows.number >= number).map(|rows| tables(rows)).collect::<Result<_, _>>()?;
    let Some(live) = since.last() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for table in crate::programme::tables::programme() {
        for row in live.rows(&table.title) {
            let place = (table.title.clone(), changes::id(table, row));
            let says = |tables: &Tables| row_of(tables, &place) == Some(row);
            if since.iter().all(says) && !says(&before) {
                found.push(place);
            }
        }
    }
    Ok(found)
}
