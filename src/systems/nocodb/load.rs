//! `loyalty setup nocodb`: structure first, then rows for empty programme tables (what is live, the sample, or nothing),
//! then everything that happened so far.

use super::{
    Failure, NAME, Nocodb,
    client::{CallError, ROWS_PER_CALL},
    map, schema,
    setup::{Plan, Step},
};
use crate::{
    clock::Clock,
    programme::{Tables, sample},
    store::{Store, StoreError, programmes::PublishedRows},
};

/// What empty programme tables are filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seed {
    /// The live programme; the sample when there is none yet.
    Live,
    Sample,
    Empty,
}

/// The tables that are filled, `Programme` last: as long as it is empty, loading is not finished.
const ORDER: [&str; 6] = ["Rules", "Tiers", "Texts", "Codes", "Rewards", "Programme"];

impl Seed {
    pub async fn tables(self, store: &Store, brand: &str) -> Result<Tables, StoreError> {
        match self {
            Self::Empty => Ok(Tables::default()),
            Self::Sample => Ok(sample::tables()),
            Self::Live => {
                let published = store.published().await?;
                let live = published.iter().rfind(|rows| rows.brand == brand);
                live.map_or_else(|| Ok(sample::tables()), PublishedRows::tables)
            }
        }
    }
}

impl Nocodb {
    /// Loads rows into programme tables that have none, unless the programme was loaded before; how many it loaded.
    /// `progress` hears of the rows done and of how many there are.
    pub async fn load(&self, tables: &Tables, mut progress: impl FnMut(usize, usize)) -> Result<usize, CallError> {
        let ids = self.table_ids().await?;
        if !self.client.rows(&ids["Programme"], &["Id"], None).await?.is_empty() {
            return Ok(0);
        }
        let all = ORDER.iter().map(|name| tables.rows(name).len()).sum();
        let mut done = 0;
        for name in ORDER {
            let Some(table) = schema::table(name) else { continue };
            if !self.client.rows(&ids[name], &["Id"], None).await?.is_empty() {
                continue;
            }
            let records: Vec<_> = tables.rows(name).iter().map(|row| map::programme_record(table, row)).collect();
            for chunk in records.chunks(ROWS_PER_CALL) {
                self.client.insert(&ids[name], chunk).await?;
                done += chunk.len();
                progress(done, all);
            }
        }
        Ok(done)
    }
}

/// What [`Nocodb::set_up`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    pub plan: Plan,
    /// Programme rows that were loaded.
    pub rows: usize,
    /// Members that are to be shown, by the service as soon as it runs.
    pub members: usize,
}

impl Nocodb {
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
        let rows = self.load(&seed.tables(store, brand).await?, progress).await?;
        let emptied = |step: &Step| matches!(step, Step::Table(table) if table == "Members" || table == "Points");
        if plan.steps.iter().any(emptied) {
            store.forget_feeds(NAME).await?; // what an earlier base was told is not in this one
        }
        let members = store.feed_everybody(NAME, clock.now()).await?;
        Ok(Done { plan, rows, members })
    }
}
