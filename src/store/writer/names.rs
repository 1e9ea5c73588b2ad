//! Which names came since the start: a bounded set of their hashes, so that a name is written once and then only looked up here.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use super::Incoming;
use crate::store::names::{NameRow, told};

/// Names remembered; when there are more, new ones are not written any more.
const MOST: usize = 50_000;

#[derive(Default)]
pub struct Names(HashSet<u64>);

impl Names {
    /// The names of these events that did not come since the start.
    pub fn news(&mut self, incoming: &[Incoming]) -> Vec<NameRow> {
        let mut rows = Vec::new();
        for one in incoming {
            told(&one.fact, |kind, name| {
                let mut hasher = DefaultHasher::new();
                (&one.brand, kind, name).hash(&mut hasher);
                if self.0.len() < MOST && self.0.insert(hasher.finish()) {
                    rows.push(NameRow::of(&one.brand, kind, name));
                }
            });
        }
        rows
    }

    /// After a commit that failed: what was not written is told again.
    pub fn forget(&mut self) {
        self.0.clear();
    }
}
