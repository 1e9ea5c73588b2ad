//! Members that may be one person: an identity of one was given for the other. A person says what they are.

use super::{Store, StoreError};

/// A pair that nobody has looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// In the order of their ids.
    pub members: [String; 2],
    /// Of the identity that both were given.
    pub kind: String,
    /// Microseconds.
    pub recorded_at: i64,
}

impl Store {
    /// Pairs that nobody has looked at, after this one in the order of their ids.
    pub async fn duplicates(
        &self,
        brand: &str,
        after: [String; 2],
        limit: usize,
    ) -> Result<Vec<Duplicate>, StoreError> {
        match self {
            Self::Sqlite(db) => db.duplicates(brand, after, limit).await,
            Self::Postgres(db) => db.duplicates(brand, after, limit).await,
        }
    }

    /// How many of them each brand has.
    pub async fn duplicate_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        match self {
            Self::Sqlite(db) => db.duplicate_counts().await,
            Self::Postgres(db) => db.duplicate_counts().await,
        }
    }

    /// They are two people: `settled` is who says so, and why, sealed. False when there is no such pair.
    pub async fn keep_apart(
        &self,
        brand: &str,
        mut pair: [String; 2],
        settled: (String, String),
    ) -> Result<bool, StoreError> {
        pair.sort_unstable();
        match self {
            Self::Sqlite(db) => db.keep_apart(brand, pair, settled).await,
            Self::Postgres(db) => db.keep_apart(brand, pair, settled).await,
        }
    }
}
