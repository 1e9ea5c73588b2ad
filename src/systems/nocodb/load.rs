//! `loyalty setup nocodb`: structure first, then rows for empty programme tables (what is live, the sample, or nothing) and
//! cells for columns that were made anew, then everything that happened so far.

use super::{
    Failure, NAME, Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL},
    columns::ID,
    map,
    refill::Refilled,
    setup::{Plan, Step},
};
use crate::{
    clock::Clock,
    programme::{
        Tables, WHOLE, lists, sample, settings_rows,
        tables::{self, Holds, Table},
    },
    store::{Store, StoreError},
    writer::{known, programmes},
};

/// What empty programme tables are filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seed {
    /// The live programme; the sample when there is none yet.
    Live,
    Sample,
    Empty,
}

/// The tables that are filled, the one whose row stands for the whole last: as long as it is empty, loading is not finished.
fn in_order(ids: &TableIds) -> impl Iterator<Item = &'static Table> {
    let of = |whole: bool| tables::of_marketers().filter(move |table| (table.title == WHOLE) == whole);
    of(false).chain(of(true)).filter(|table| ids.contains_key(&table.title))
}

impl Seed {
    pub async fn tables(self, store: &Store, brand: &str) -> Result<Tables, StoreError> {
        match self {
            Self::Empty => Ok(Tables::default()),
            Self::Sample => Ok(sample::tables()),
            Self::Live => Ok(live(store, brand).await?.unwrap_or_else(sample::tables)),
        }
    }
}

/// The rows in force, if there are any yet.
pub async fn live(store: &Store, brand: &str) -> Result<Option<Tables>, StoreError> {
    let published = store.published().await?;
    published.iter().rfind(|rows| rows.brand == brand).map(programmes::tables).transpose()
}

impl Nocodb {
    /// Loads rows into programme tables that have none; how many it loaded. `progress` hears of the rows done and of how
    /// many there are.
    pub async fn load(&self, tables: &Tables, mut progress: impl FnMut(usize, usize)) -> Result<usize, CallError> {
        let (ids, tables) = (self.table_ids().await?, settings_rows::unfolded(tables));
        let all = in_order(&ids).map(|table| tables.rows(&table.title).len()).sum();
        self.offer(&ids, &lists::said(&tables)).await?; // a list refuses what it does not offer
        let mut done = 0;
        for table in in_order(&ids) {
            if !self.client.rows(&ids[&table.title], &[ID], None).await?.is_empty() {
                continue;
            }
            let records: Vec<_> =
                tables.rows(&table.title).iter().map(|row| map::programme_record(table, row)).collect();
            for chunk in records.chunks(ROWS_PER_CALL) {
                self.client.insert(&ids[&table.title], chunk).await?;
                done += chunk.len();
                progress(done, all);
            }
        }
        Ok(done)
    }
}

impl Nocodb {
    /// Loads rows where no table of a marketer has any: how many, or which have some.
    pub async fn fill_empty(&self, tables: &Tables) -> Result<Result<usize, Vec<String>>, CallError> {
        let ids = self.table_ids_now().await?;
        let mut with_rows = Vec::new();
        for table in in_order(&ids).filter(|table| !table.counts_by_tick()) {
            if !self.client.rows(&ids[&table.title], &[ID], None).await?.is_empty() {
                with_rows.push(table.title.clone());
            }
        }
        if with_rows.is_empty() { self.load(tables, |_, _| {}).await.map(Ok) } else { Ok(Err(with_rows)) }
    }
}

/// What [`Nocodb::set_up`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    pub plan: Plan,
    /// Settings that were columns of the programme's row and are rows now, or were missing.
    pub settings: usize,
    /// Programme rows that were loaded.
    pub rows: usize,
    pub refilled: Refilled,
    /// Members that are to be shown, by the service as soon as it runs.
    pub members: usize,
}

impl Nocodb {
    async fn has_programme(&self) -> Result<bool, CallError> {
        let ids = self.table_ids().await?;
        Ok(!self.client.rows(&ids[WHOLE], &[ID], None).await?.is_empty())
    }

    /// Makes what is missing, fills an empty programme, and has everything shown that happened so far. `progress` hears of
    /// the rows loaded and of how many there are.
    pub async fn set_up(
        &self,
        store: &Store,
        brand: &str,
        clock: &dyn Clock,
        seed: Seed,
        progress: impl FnMut(usize, usize),
    ) -> Result<Done, Failure> {
        let plan = self.apply().await?;
        let live = live(store, brand).await?;
        let refilled = match &live {
            Some(live) => self.refill(&plan, live).await?,
            None => Refilled::default(),
        };
        let settings = self.bring_settings(live.as_ref()).await?;
        // A programme that is there is only completed, and only by what is in force.
        let tables = match live {
            Some(live) if self.has_programme().await? => live,
            None if self.has_programme().await? => Tables::default(),
            _ => seed.tables(store, brand).await?,
        };
        let rows = self.load(&tables, progress).await?;
        let seen = known::names_seen(store, brand).await?;
        self.offer(&*self.table_ids().await?, &lists::offered(&[&tables], &seen)).await?;
        let ours = |table: &str| tables::named(table).is_some_and(|table| table.holds == Holds::Projection);
        let lost = |step: &Step| match step {
            Step::Table(table) | Step::Column { table, .. } => ours(table),
            _ => false,
        };
        if plan.steps.iter().any(lost) {
            store.forget_feeds(NAME).await?; // what was sent is not there any more, or not all of it
        }
        let members = store.feed_everybody(NAME, clock.now()).await?;
        Ok(Done { plan, settings, rows, refilled, members })
    }
}
