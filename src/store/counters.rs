//! What many members share: counts of budgets, stock and codes.
//! Guarantees: a count that a decision looked at is written only if it is still what it was; one that nobody looked at only while it
//! is not more than was thought.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Store, StoreError};
use crate::loyalty::counters::{Change, Count};

/// One count and the version it was read at; 0 for one that does not exist yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Versioned {
    pub count: Count,
    pub version: u64,
}

/// A change of one count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountRow {
    pub brand: String,
    pub key: String,
    pub change: Change,
    /// Its version when it was looked at; `None` where nobody looked.
    pub seen: Option<u64>,
}

impl CountRow {
    pub fn place(&self) -> (String, String) {
        (self.brand.clone(), self.key.clone())
    }

    /// Whether it cannot hold: less than nothing is never used.
    pub(super) fn is_in_vain(&self) -> bool {
        self.change.at_most.is_some_and(|at_most| at_most < 0)
    }
}

/// While it is held, no other lane of this connector's writer looks at what many members share. Other connectors may.
pub type Alone = tokio::sync::OwnedMutexGuard<()>;

pub(super) const ALL: &str =
    "SELECT brand, key, used, offer FROM shared WHERE (brand, key) > ($1, $2) ORDER BY brand, key LIMIT $3";

impl Store {
    /// `None` where there is one lane only.
    pub async fn alone(&self) -> Option<Alone> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(db) => Some(db.alone().await),
        }
    }

    /// The counts of these `(brand, key)`, absent ones included.
    pub async fn counts(
        &self,
        keys: Vec<(String, String)>,
    ) -> Result<BTreeMap<(String, String), Versioned>, StoreError> {
        match self {
            Self::Sqlite(db) => db.counts(keys).await,
            Self::Postgres(db) => db.counts(keys).await,
        }
    }

    /// Every count of all brands after `(brand, key)`, in that order.
    pub async fn all_counts(
        &self,
        after: (String, String),
        limit: usize,
    ) -> Result<Vec<(String, String, Count)>, StoreError> {
        match self {
            Self::Sqlite(db) => db.all_counts(after, limit).await,
            Self::Postgres(db) => db.all_counts(after, limit).await,
        }
    }

    /// Makes codes worth an offer. Codes that exist already stay as they are; returns how many are new.
    pub async fn issue_codes(&self, brand: &str, offer: &str, codes: Vec<String>) -> Result<usize, StoreError> {
        match self {
            Self::Sqlite(db) => db.issue_codes(brand, offer, codes).await,
            Self::Postgres(db) => db.issue_codes(brand, offer, codes).await,
        }
    }

    /// Members of whom something has fallen due, longest due first: `(brand, member, due at)`.
    pub async fn due_members(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(String, String, Timestamp)>, StoreError> {
        match self {
            Self::Sqlite(db) => db.due_members(now, limit).await,
            Self::Postgres(db) => db.due_members(now, limit).await,
        }
    }

    /// Members born on a day of the year (`05-17`) after this id, in that order.
    pub async fn born_on(&self, brand: &str, day: &str, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Sqlite(db) => db.born_on(brand, day, after, limit).await,
            Self::Postgres(db) => db.born_on(brand, day, after, limit).await,
        }
    }
}
