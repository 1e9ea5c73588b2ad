//! Counts that many members share, while one batch is decided: loaded once, changed by each decision in turn, written once.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    loyalty::counters::{Change, Counts},
    store::{
        Store, StoreError,
        counters::{Alone, CountRow},
    },
};

#[derive(Default)]
pub struct Tally {
    counts: BTreeMap<String, Counts>,
    versions: BTreeMap<(String, String), u64>,
    looked_at: BTreeSet<(String, String)>,
    changed: BTreeMap<(String, String), Change>,
    none: Counts,
    /// From the look until the commit: no other lane of this connector decides by what is about to change.
    pub alone: Option<Alone>,
}

impl Tally {
    /// Looks up those that are not known yet.
    pub async fn load(&mut self, store: &Store, mut keys: BTreeSet<(String, String)>) -> Result<(), StoreError> {
        keys.retain(|place| !self.versions.contains_key(place));
        if keys.is_empty() {
            return Ok(());
        }
        if self.alone.is_none() {
            self.alone = store.alone().await;
        }
        for ((brand, key), found) in store.counts(keys.into_iter().collect()).await? {
            self.versions.insert((brand.clone(), key.clone()), found.version);
            // What this round changed already without having looked comes on top.
            let changed = self.changed.get(&(brand.clone(), key.clone()));
            let count = changed.map_or_else(|| found.count.clone(), |change| found.count.changed(change));
            self.counts.entry(brand).or_default().insert(key, count);
        }
        Ok(())
    }

    /// Whether a count was looked up.
    pub fn knows(&self, brand: &str, key: &str) -> bool {
        self.versions.contains_key(&(brand.to_owned(), key.to_owned()))
    }

    /// What a decision for this brand is given.
    pub fn given(&self, brand: &str) -> &Counts {
        self.counts.get(brand).unwrap_or(&self.none)
    }

    /// Takes over what a decision looked at and changed.
    pub fn apply(&mut self, brand: &str, seen: &Counts, changed: BTreeMap<String, Change>) {
        self.looked_at.extend(seen.keys().map(|key| (brand.to_owned(), key.clone())));
        for (key, change) in changed {
            // What nobody looked at stays unknown.
            if let Some(count) = self.counts.get_mut(brand).and_then(|counts| counts.get_mut(&key)) {
                *count = count.changed(&change);
            }
            self.changed.entry((brand.to_owned(), key)).or_default().and(&change);
        }
    }

    /// The rows of the commit: a count that was looked at is written only over the version that was seen.
    pub fn rows(&self) -> Vec<CountRow> {
        let says = |change: &Change| {
            change.by != 0 || change.offer.is_some() || change.at_most.is_some_and(|at_most| at_most < i64::MAX)
        };
        let rows = self.changed.iter().filter(|(_, change)| says(change));
        rows.map(|(place, change)| {
            let seen = self.looked_at.contains(place).then(|| self.versions.get(place).copied().unwrap_or(0));
            CountRow { brand: place.0.clone(), key: place.1.clone(), change: change.clone(), seen }
        })
        .collect()
    }
}

/// Counts that were looked up, as what is decided next for the same event finds them.
pub fn after(counts: &mut Cow<'_, Counts>, changed: &BTreeMap<String, Change>) {
    for (key, change) in changed.iter().filter(|(_, change)| change.by != 0 || change.offer.is_some()) {
        if let Some(then) = counts.get(key).map(|count| count.changed(change)) {
            counts.to_mut().insert(key.clone(), then);
        }
    }
}
