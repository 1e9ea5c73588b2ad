//! Members that may be one person: an identity of one was given for the other. A person says what they are.

use super::{Store, StoreError};
use crate::values::seal;

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

pub(super) const OPEN: &str = "SELECT member, other, kind, recorded_at FROM duplicate \
    WHERE brand = $1 AND state = 'open' AND (member, other) > ($2, $3) ORDER BY member, other LIMIT $4";
pub(super) const COUNTS: &str =
    "SELECT brand, COUNT(*) FROM duplicate WHERE state = 'open' GROUP BY brand ORDER BY brand";
pub(super) const STATE: &str = "SELECT state FROM duplicate WHERE brand = $1 AND member = $2 AND other = $3";
pub(super) const APART: &str = "UPDATE duplicate SET state = 'apart', settled_by = $1, reason = $2 \
    WHERE brand = $3 AND member = $4 AND other = $5 AND state <> 'merged'";
/// One that is settled; a pair that nobody was told of, too.
pub(super) const SETTLE: &str = "INSERT INTO duplicate (brand, member, other, kind, recorded_at, state) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (brand, member, other) DO UPDATE SET state = excluded.state";
/// Only while it is this member's.
pub(super) const RELEASE: &str = "DELETE FROM identity WHERE brand = $1 AND kind = $2 AND hash = $3 AND member = $4";

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

    /// What is known of a pair: `open`, `merged` or `apart`; nothing of one that was never suspected.
    pub async fn pair_state(&self, brand: &str, mut pair: [String; 2]) -> Result<Option<String>, StoreError> {
        pair.sort_unstable();
        match self {
            Self::Sqlite(db) => db.pair_state(brand, pair).await,
            Self::Postgres(db) => db.pair_state(brand, pair).await,
        }
    }

    /// They are two people: who says so, and why, which is kept encrypted with the key of one. False when there is no such pair.
    pub async fn keep_apart(
        &self,
        brand: &str,
        mut pair: [String; 2],
        (by, reason): (&str, &str),
    ) -> Result<bool, StoreError> {
        pair.sort_unstable();
        let Some(loaded) = self.member(brand, &pair[0]).await? else { return Ok(false) };
        let identity = format!("apart:{}", pair.join(":"));
        let reason = loaded.key.map(|key| seal::seal_text(&key, &identity, "reason", reason));
        let settled = (by.to_owned(), reason.unwrap_or_default());
        match self {
            Self::Sqlite(db) => db.keep_apart(brand, pair, settled).await,
            Self::Postgres(db) => db.keep_apart(brand, pair, settled).await,
        }
    }
}
