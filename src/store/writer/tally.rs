//! Counts that many members share, while one batch is decided: loaded once, changed by each decision in turn, written once.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    loyalty::shared::{Change, Counts},
    store::{Store, StoreError, shared::CountRow},
};

#[derive(Default)]
pub struct Tally {
    counts: BTreeMap<String, Counts>,
    versions: BTreeMap<(String, String), u64>,
    looked_at: BTreeSet<(String, String)>,
    changed: BTreeMap<(String, String), Change>,
    none: Counts,
}

impl Tally {
    pub async fn load(store: &Store, keys: BTreeSet<(String, String)>) -> Result<Self, StoreError> {
        let mut tally = Self::default();
        if keys.is_empty() {
            return Ok(tally);
        }
        for ((brand, key), found) in store.counts(keys.into_iter().collect()).await? {
            tally.versions.insert((brand.clone(), key.clone()), found.version);
            tally.counts.entry(brand).or_default().insert(key, found.count);
        }
        Ok(tally)
    }

    /// What a decision for this brand is given.
    pub fn given(&self, brand: &str) -> &Counts {
        self.counts.get(brand).unwrap_or(&self.none)
    }

    /// Takes over what a decision looked at and changed.
    pub fn apply(&mut self, brand: &str, seen: &Counts, changed: BTreeMap<String, Change>) {
        self.looked_at.extend(seen.keys().map(|key| (brand.to_owned(), key.clone())));
        for (key, change) in changed {
            let count = self.counts.entry(brand.to_owned()).or_default().entry(key.clone()).or_default();
            *count = count.changed(&change);
            self.changed.entry((brand.to_owned(), key)).or_default().and(&change);
        }
    }

    /// The rows of the commit: a count that was looked at is written only over the version that was seen.
    pub fn rows(&self) -> Vec<CountRow> {
        let rows = self.changed.iter().filter(|(_, change)| **change != Change::default());
        rows.map(|(place, change)| {
            let seen = self.looked_at.contains(place).then(|| self.versions.get(place).copied().unwrap_or(0));
            CountRow { brand: place.0.clone(), key: place.1.clone(), change: change.clone(), seen }
        })
        .collect()
    }
}
