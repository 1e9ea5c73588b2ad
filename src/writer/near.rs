//! Limits that are near: their counts are looked at before anything is decided. All others are far, until a commit finds one near.
//! Guarantees: what a commit found is looked at by whatever comes next, so that no commit finds the same near again.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    loyalty::{Fact, Programmes, event::About},
    writer::batch::Key,
};

#[derive(Debug, Default)]
pub struct Near {
    /// Brands, and keys of counts.
    counts: BTreeSet<Key>,
    /// The live version of each brand when that was found out: another one may have other limits.
    versions: BTreeMap<String, u32>,
    /// Whatever is decided is not committed, so each is looked at.
    all: bool,
}

impl Near {
    /// For who decides without committing.
    pub fn all() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// Takes over what a commit found; false where all of it was known.
    pub fn found(&mut self, counts: &[Key]) -> bool {
        let known = self.counts.len();
        self.counts.extend(counts.iter().cloned());
        self.counts.len() > known
    }

    /// Another live version: limits are far again.
    pub fn judge_by(&mut self, brand: &str, programmes: &Programmes) {
        let number = programmes.live().number;
        if self.versions.get(brand) != Some(&number) {
            self.versions.insert(brand.to_owned(), number);
            self.counts.retain(|(of, _)| of != brand);
        }
    }

    /// Those to look at before this is decided.
    pub fn of(&self, brand: &str, fact: &Fact, about: &About<'_>) -> BTreeSet<String> {
        if self.all {
            return fact.limits(about);
        }
        let of_brand = self.counts.iter().filter(|(of, _)| of == brand);
        of_brand.map(|(_, key)| key.clone()).collect()
    }
}
