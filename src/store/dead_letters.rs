//! What waits for a person: deliveries that are refused for ever, or that may have arrived and cannot be looked up.
//! A person sends them again under the same key.

use jiff::Timestamp;
use serde_json::Value;

use super::{Store, StoreError};

/// Counts what waits for a person; the conditions are those of the indexes for it.
pub(super) const COUNTS: &str = "SELECT destination, count(*) FROM (SELECT brand, destination FROM feed WHERE state = 'dead' \
    UNION ALL SELECT brand, destination FROM intent WHERE state IN ('dead', 'unknown')) AS waiting GROUP BY destination";

/// A delivery that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct DeadLetter {
    pub id: String,
    pub destination: String,
    pub member_id: String,
    /// `dead` or `unknown`.
    pub state: String,
    pub attempts: u32,
    pub problem: String,
    /// What was to be delivered.
    #[schema(value_type = Object)]
    pub content: Value,
}

impl Store {
    /// What waits for a person of this brand, oldest first.
    pub async fn dead_letters(&self, brand: &str, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        match self {
            Self::Sqlite(db) => db.dead_letters(brand, limit).await,
            Self::Postgres(db) => db.dead_letters(brand, limit).await,
        }
    }

    /// How many wait for a person, by destination, over all brands.
    pub async fn dead_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        match self {
            Self::Sqlite(db) => db.dead_counts().await,
            Self::Postgres(db) => db.dead_counts().await,
        }
    }

    /// Makes dead letters of a brand due again under the same key: all, those of one destination, or one by id.
    pub async fn replay(
        &self,
        brand: &str,
        id: Option<String>,
        destination: Option<String>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        match self {
            Self::Sqlite(db) => db.replay(brand, id, destination, now).await,
            Self::Postgres(db) => db.replay(brand, id, destination, now).await,
        }
    }
}
