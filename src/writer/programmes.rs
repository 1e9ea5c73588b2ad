//! The programmes in force, in memory: read from their published rows, and published.
//! Guarantees: a version is live only after it was stored; one that another connector published is taken up before the next
//! batch is decided.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::Timestamp;

use crate::{
    loyalty::{Programme, Programmes, Version, programme::check},
    programme::Tables,
    store::{Store, StoreError, published::PublishedRows},
};

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

    /// All versions that are stored, live.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let live = Self::default();
        live.bring(store.published().await?)?;
        Ok(live)
    }

    /// Brings to life what another connector has published meanwhile.
    pub async fn take_newer(&self, store: &Store) -> Result<(), StoreError> {
        self.bring(store.published_above(self.numbers()).await?)
    }

    /// Stores a checked programme as the brand's next version and makes it live. Returns its number; the live number when
    /// the content is what is live already.
    pub async fn publish(
        &self,
        store: &Store,
        brand: &str,
        tables: &Tables,
        programme: Programme,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let (number, is_new) = store.keep_published(brand, tables.canonical(), now).await?;
        if store.is_shared() {
            self.take_newer(store).await?;
        } else if is_new {
            self.add(brand, Version { number, effective_at: now, programme: Arc::new(programme) });
        }
        Ok(number)
    }

    /// The number of each brand's newest version.
    fn numbers(&self) -> Vec<(String, u32)> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(brand, programmes)| (brand.clone(), programmes.live().number)).collect()
    }

    fn bring(&self, published: Vec<PublishedRows>) -> Result<(), StoreError> {
        for rows in published {
            let programme = check(&tables(&rows)?).map_err(|problems| {
                StoreError::Migration(format!(
                    "programme v{} of {} is no longer valid: {}",
                    rows.number, rows.brand, problems[0]
                ))
            })?;
            let (number, effective_at) = (rows.number, rows.effective_at);
            self.add(&rows.brand, Version { number, effective_at, programme: Arc::new(programme) });
        }
        Ok(())
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

/// The rows of a published version.
pub fn tables(published: &PublishedRows) -> Result<Tables, StoreError> {
    Ok(serde_json::from_str(&published.content)?)
}
