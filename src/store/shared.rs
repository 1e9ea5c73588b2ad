//! What many members share: counts of budgets, stock and codes; and what is parked for a person.
//! Guarantees: a count that a decision looked at is written only if it is still what it was.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{Store, StoreError};
use crate::{
    clock::to_micros,
    loyalty::shared::{Change, Count},
};

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
    /// What it was when it was looked at; `None` for a change that depends on nothing.
    pub seen: Option<u64>,
}

/// A fact that waits for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct ParkedRow {
    pub brand: String,
    pub source: String,
    pub id: String,
    pub number: u32,
    pub member: Option<String>,
    pub reason: String,
    pub content: Value,
    pub recorded_at: Timestamp,
}

/// While it is held, no other lane of this connector's writer looks at what many members share. Other connectors may.
pub type Alone = tokio::sync::OwnedMutexGuard<()>;

/// Where a parked row stands among those of its brand: recorded when (microseconds), source, id, number.
pub type ParkedPlace = (i64, String, String, u32);

impl ParkedRow {
    pub fn place(&self) -> ParkedPlace {
        (to_micros(self.recorded_at), self.source.clone(), self.id.clone(), self.number)
    }
}

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

    /// What is parked after this place, oldest first.
    pub async fn parked(&self, brand: &str, after: ParkedPlace, limit: usize) -> Result<Vec<ParkedRow>, StoreError> {
        match self {
            Self::Sqlite(db) => db.parked(brand, after, limit).await,
            Self::Postgres(db) => db.parked(brand, after, limit).await,
        }
    }

    /// Keeps a fact for a person. False when it is there already.
    pub async fn park(&self, row: ParkedRow) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(db) => db.park(row).await,
            Self::Postgres(db) => db.park(row).await,
        }
    }

    /// The first part of an event that is parked.
    pub async fn parked_fact(&self, brand: &str, source: &str, id: &str) -> Result<Option<ParkedRow>, StoreError> {
        match self {
            Self::Sqlite(db) => db.parked_fact(brand, source, id).await,
            Self::Postgres(db) => db.parked_fact(brand, source, id).await,
        }
    }

    /// A person has dealt with it. False when it was not there (any more).
    pub async fn unpark(&self, brand: &str, source: &str, id: &str, number: u32) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(db) => db.unpark(brand, source, id, number).await,
            Self::Postgres(db) => db.unpark(brand, source, id, number).await,
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
