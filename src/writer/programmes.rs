//! The programmes in force, in memory: read from their published rows, and published.
//! Guarantees: a version is live only after it was stored; one that another connector published is taken up before the next
//! batch is decided.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use foldhash::HashMap;
use jiff::Timestamp;

use crate::{
    fault::is_from_later,
    loyalty::{
        Programme, Programmes, Version,
        mechanics::segments::TopSpend,
        programme::{TooNew, compile},
    },
    programme::Tables,
    store::{
        Store, StoreError,
        published::{Kept, NewVersion, PublishedRows},
        top_spend::WorkedOut,
    },
};

/// The programmes of all brands as they are in force. Cloning shares them.
#[derive(Clone, Default)]
pub struct LiveProgrammes(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    live: HashMap<String, Programmes>,
    /// Brands of which a newer connector published a version that this one cannot read: its number, and what is not known. From
    /// then on nothing of theirs is decided here.
    ahead: HashMap<String, (u32, TooNew)>,
}

impl LiveProgrammes {
    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn all(&self) -> HashMap<String, Programmes> {
        self.known().live.clone()
    }

    pub fn of(&self, brand: &str) -> Option<Programmes> {
        self.known().live.get(brand).cloned()
    }

    /// The version in force.
    pub fn in_force(&self, brand: &str) -> Option<Arc<Programme>> {
        self.known().live.get(brand).map(|live| Arc::clone(&live.live().programme))
    }

    /// Why nothing of this brand can be decided here, if so.
    pub fn too_new(&self, brand: &str) -> Option<StoreError> {
        let (number, reason) = self.known().ahead.get(brand).cloned()?;
        Some(StoreError::ProgrammeTooNew { brand: brand.to_owned(), number, reason: reason.to_string() })
    }

    /// All versions that are stored, live. One that cannot be read keeps the process from starting.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let live = Self::default();
        live.bring(store.published().await?)?;
        for brand in live.all().into_keys() {
            live.take_top_spend(store, &brand).await?;
        }
        let ahead = live.known().ahead.keys().next().cloned();
        ahead.and_then(|brand| live.too_new(&brand)).map_or(Ok(live), Err)
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
        let version = NewVersion { content: tables.canonical(), ..NewVersion::default() };
        let (Kept::New(number) | Kept::Same(number) | Kept::Moved(number)) =
            self.keep(store, brand, (version, programme), now).await?;
        Ok(number)
    }

    /// Keeps a draft: only beside the version that it was made beside, with who made it and why.
    pub async fn keep(
        &self,
        store: &Store,
        brand: &str,
        (version, programme): (NewVersion, Programme),
        now: Timestamp,
    ) -> Result<Kept, StoreError> {
        if let Some(too_new) = self.too_new(brand) {
            return Err(too_new);
        }
        let kept = store.keep_published(brand, version, now).await?;
        if store.is_shared() {
            self.take_newer(store).await?;
        } else if let Kept::New(number) = kept {
            self.add(brand, Version { number, effective_at: now, programme: Arc::new(programme) });
        }
        Ok(kept)
    }

    /// Knows what those who spent most of a brand had spent, as it was worked out last, here or by another connector.
    pub async fn take_top_spend(&self, store: &Store, brand: &str) -> Result<(), StoreError> {
        if let Some(worked_out) = WorkedOut::of(store, brand).await? {
            self.know_top_spend(brand, worked_out.all);
        }
        Ok(())
    }

    pub fn know_top_spend(&self, brand: &str, all: Vec<TopSpend>) {
        let live = &mut self.change().live;
        if let Some(programmes) = live.remove(brand) {
            live.insert(brand.to_owned(), programmes.with_top_spend(all));
        }
    }

    /// The number of each brand's newest version that is known of.
    fn numbers(&self) -> Vec<(String, u32)> {
        let Known { live, ahead } = &*self.known();
        let live = live.iter().map(|(brand, programmes)| (brand.clone(), programmes.live().number));
        let newest: HashMap<String, u32> =
            live.chain(ahead.iter().map(|(brand, (number, _))| (brand.clone(), *number))).collect();
        newest.into_iter().collect()
    }

    fn bring(&self, published: Vec<PublishedRows>) -> Result<(), StoreError> {
        for rows in published {
            let (brand, number, effective_at) = (&rows.brand, rows.number, rows.effective_at);
            match read(&tables(&rows)?) {
                Ok(programme) => self.add(brand, Version { number, effective_at, programme: Arc::new(programme) }),
                Err(too_new) => {
                    tracing::error!(brand, number, "nothing of this brand is decided here any more: {too_new}");
                    self.change().ahead.insert(brand.clone(), (number, too_new));
                }
            }
        }
        Ok(())
    }

    /// One more version, unless it is here already: the writer and whoever publishes may both bring it. After one that cannot be
    /// read none is added: orders may be judged by that one.
    fn add(&self, brand: &str, version: Version) {
        let Known { live, ahead } = &mut *self.change();
        if ahead.contains_key(brand) || live.get(brand).is_some_and(|known| known.live().number >= version.number) {
            return;
        }
        let programmes = live.get(brand).map(|known| known.with(version.clone()));
        if let Some(programmes) = programmes.or_else(|| Programmes::new(vec![version])) {
            live.insert(brand.to_owned(), programmes);
        }
    }
}

/// The programme of a version, unless it has something that came after this release.
fn read(tables: &Tables) -> Result<Programme, TooNew> {
    let mut columns = tables.0.iter().flat_map(|(table, rows)| rows.iter().map(move |row| (table, row)));
    let later = columns.find_map(|(table, row)| Some((table, row.cells.keys().find(|column| is_from_later(column))?)));
    later.map_or_else(|| compile(tables), |(table, column)| Err(TooNew(format!("{table}, column {column},"))))
}

/// The rows of a published version.
pub fn tables(published: &PublishedRows) -> Result<Tables, StoreError> {
    Ok(serde_json::from_str(&published.content)?)
}
