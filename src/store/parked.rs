//! Facts that wait for a person, each with its reason.

use jiff::Timestamp;
use serde_json::Value;

use super::{Store, StoreError};
use crate::clock::to_micros;

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

/// The source of what the ledger is to give by itself: it waits under the name of what is given, once.
pub const GIFTS: &str = "self";

/// What waits as one, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedName {
    pub brand: String,
    pub source: String,
    pub id: String,
}

impl ParkedName {
    pub fn names(&self, row: &ParkedRow) -> bool {
        (&self.brand, &self.source, &self.id) == (&row.brand, &row.source, &row.id)
    }
}

/// Where a parked row stands among those of its brand: recorded when (microseconds), source, id, number.
pub type ParkedPlace = (i64, String, String, u32);

pub(super) const ALL: &str = "SELECT brand, source, id, number, member, reason, content, recorded_at FROM parked \
    WHERE brand = $1 AND (recorded_at, source, id, number) > ($2, $3, $4, $5) \
    ORDER BY recorded_at, source, id, number LIMIT $6";
pub(super) const ONE: &str = "SELECT brand, source, id, number, member, reason, content, recorded_at FROM parked \
    WHERE brand = $1 AND source = $2 AND id = $3 ORDER BY number LIMIT 1";
pub(super) const DEALT_WITH: &str = "DELETE FROM parked WHERE brand = $1 AND source = $2 AND id = $3 AND number = $4";
pub(super) const SETTLED: &str = "DELETE FROM parked WHERE brand = $1 AND source = $2 AND id = $3";

/// Whether a fact is there, and how many of its source are (`$5` at most).
pub(super) const WAITING: &str = "SELECT \
    EXISTS (SELECT 1 FROM parked WHERE brand = $1 AND source = $2 AND id = $3 AND number = $4), \
    (SELECT COUNT(*) FROM (SELECT 1 FROM parked WHERE brand = $1 AND source = $2 LIMIT $5) AS waiting)";

/// What became of a fact that was to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parking {
    New,
    /// It waits already, and stays as it is.
    Known,
    /// As many of its source wait as may.
    Full,
}

impl Parking {
    /// What is to be done with one, by what [`WAITING`] says.
    pub(super) fn of(is_known: bool, waiting: i64, most: usize) -> Self {
        let is_full = usize::try_from(waiting).is_ok_and(|waiting| waiting >= most);
        if is_known {
            Self::Known
        } else if is_full {
            Self::Full
        } else {
            Self::New
        }
    }
}

impl ParkedRow {
    pub fn place(&self) -> ParkedPlace {
        (to_micros(self.recorded_at), self.source.clone(), self.id.clone(), self.number)
    }
}

impl Store {
    /// What is parked after this place, oldest first.
    pub async fn parked(&self, brand: &str, after: ParkedPlace, limit: usize) -> Result<Vec<ParkedRow>, StoreError> {
        match self {
            Self::Sqlite(db) => db.parked(brand, after, limit).await,
            Self::Postgres(db) => db.parked(brand, after, limit).await,
        }
    }

    /// Keeps a fact for a person, unless `most` of its brand and source wait already. Several that come to PostgreSQL in one
    /// moment may be more by as many as they are.
    pub async fn park(&self, row: ParkedRow, most: usize) -> Result<Parking, StoreError> {
        match self {
            Self::Sqlite(db) => db.park(row, most).await,
            Self::Postgres(db) => db.park(row, most).await,
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
}
