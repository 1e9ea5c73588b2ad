//! Published programme versions: kept for ever, and the live ones in memory.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::Timestamp;

use super::{Store, StoreError};
use crate::programme::{Programme, Programmes, Tables, Version, check};

/// The programmes of all brands as they are in force. Cloning shares them.
#[derive(Clone, Default)]
pub struct LiveProgrammes(Arc<RwLock<HashMap<String, Programmes>>>);

impl LiveProgrammes {
    pub fn all(&self) -> HashMap<String, Programmes> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn of(&self, brand: &str) -> Option<Programmes> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(brand).cloned()
    }

    /// The number of each brand's newest version.
    fn numbers(&self) -> Vec<(String, u32)> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(brand, programmes)| (brand.clone(), programmes.live().number)).collect()
    }

    /// One more version, unless it is here already: the writer and whoever publishes may both bring it.
    fn add(&self, brand: &str, version: Version) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.get(brand).is_some_and(|known| known.live().number >= version.number) {
            return;
        }
        let programmes = all.get(brand).map(|known| known.with(version.clone()));
        if let Some(programmes) = programmes.or_else(|| Programmes::new(vec![version])) {
            all.insert(brand.to_owned(), programmes);
        }
    }
}

/// A version as it is stored: the rows, not what they were compiled to.
#[derive(Debug, Clone)]
pub struct PublishedRows {
    pub brand: String,
    pub number: u32,
    pub effective_at: Timestamp,
    pub content: String,
}

impl PublishedRows {
    /// The rows of this version.
    pub fn tables(&self) -> Result<Tables, StoreError> {
        Ok(serde_json::from_str(&self.content)?)
    }
}

impl Store {
    /// Every version of every brand, oldest first.
    pub async fn published(&self) -> Result<Vec<PublishedRows>, StoreError> {
        match self {
            Self::Sqlite(db) => db.published().await,
            Self::Postgres(db) => db.published().await,
        }
    }

    /// Brings all stored versions to life.
    pub async fn load_programmes(&self, live: &LiveProgrammes) -> Result<(), StoreError> {
        bring(self.published().await?, live)
    }

    /// Brings to life what another connector has published meanwhile.
    pub async fn newer_programmes(&self, live: &LiveProgrammes) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => Ok(()), // nobody else publishes
            Self::Postgres(db) => bring(db.newer(live.numbers()).await?, live),
        }
    }

    /// Stores a checked programme as the brand's next version and makes it live. Returns its number; the live number when
    /// the content is what is live already.
    pub async fn publish(
        &self,
        live: &LiveProgrammes,
        brand: &str,
        tables: &Tables,
        programme: Programme,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let content = tables.canonical();
        let (number, is_new) = match self {
            Self::Sqlite(db) => db.publish(brand, content, now).await?,
            Self::Postgres(db) => db.publish(brand, content, now).await?,
        };
        if self.is_shared() {
            self.newer_programmes(live).await?;
        } else if is_new {
            live.add(brand, Version { number, effective_at: now, programme: Arc::new(programme) });
        }
        Ok(number)
    }
}

fn bring(published: Vec<PublishedRows>, live: &LiveProgrammes) -> Result<(), StoreError> {
    for rows in published {
        let programme = check(&rows.tables()?).map_err(|problems| {
            StoreError::Migration(format!(
                "programme v{} of {} is no longer valid: {}",
                rows.number, rows.brand, problems[0]
            ))
        })?;
        let (number, effective_at) = (rows.number, rows.effective_at);
        live.add(&rows.brand, Version { number, effective_at, programme: Arc::new(programme) });
    }
    Ok(())
}
