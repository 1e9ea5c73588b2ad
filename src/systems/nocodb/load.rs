//! First rows for empty programme tables: what is live, the sample, or nothing.

use super::{
    NAME, Nocodb,
    client::{CallError, ROWS_PER_CALL},
    map, schema,
};
use crate::{
    clock::Clock,
    programme::{Tables, sample},
    store::{Store, StoreError},
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
const ORDER: [&str; 4] = ["Rules", "Tiers", "Texts", "Programme"];

impl Seed {
    pub async fn tables(self, store: &Store, brand: &str) -> Result<Tables, StoreError> {
        match self {
            Self::Empty => Ok(Tables::default()),
            Self::Sample => Ok(sample::tables()),
            Self::Live => {
                let published = store.published().await?;
                let live = published.iter().rfind(|rows| rows.brand == brand);
                live.map_or_else(|| Ok(sample::tables()), |rows| rows.tables())
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
            let Some(table) = schema::tables().into_iter().find(|table| table.title == name) else { continue };
            if !self.client.rows(&ids[name], &["Id"], None).await?.is_empty() {
                continue;
            }
            let records: Vec<_> = tables.rows(name).iter().map(|row| map::programme_record(&table, row)).collect();
            for chunk in records.chunks(ROWS_PER_CALL) {
                self.client.insert(&ids[name], chunk).await?;
                done += chunk.len();
                progress(done, all);
            }
        }
        Ok(done)
    }
}

/// Makes everything that happened so far due to be shown in NocoDB; how many members. With `anew` also what an earlier
/// base was told.
pub async fn project_everything(store: &Store, clock: &dyn Clock, anew: bool) -> Result<usize, StoreError> {
    if anew {
        store.forget_feeds(NAME).await?;
    }
    store.feed_everybody(NAME, clock.now()).await
}
