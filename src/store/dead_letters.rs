//! What waits for a person: deliveries that are refused for ever, or that may have arrived and cannot be looked up.
//! A person sends them again under the same key.

use jiff::Timestamp;
use serde_json::Value;

use super::{Store, StoreError};

/// Counts what waits for a person; the conditions are those of the indexes for it.
pub(super) const COUNTS: &str = "SELECT destination, count(*) FROM (SELECT brand, destination FROM feed WHERE state = 'dead' \
    UNION ALL SELECT brand, destination FROM intent WHERE state IN ('dead', 'unknown')) AS waiting GROUP BY destination \
    ORDER BY destination";

/// As old as the event that it waits with.
pub(super) const WAITING: &str = "SELECT id, destination, member, state, attempts, problem, action FROM \
    (SELECT id, destination, member, version, state, attempts, COALESCE(problem, '') AS problem, action FROM intent \
    WHERE brand = $1 AND state IN ('dead', 'unknown') \
    UNION ALL SELECT destination || ':' || member, destination, member, version_sent + 1, state, attempts, \
    COALESCE(problem, ''), 'null' FROM feed WHERE brand = $1 AND state = 'dead') AS waiting \
    ORDER BY COALESCE((SELECT recorded_at FROM event e WHERE e.brand = $1 AND e.member = waiting.member \
    AND e.version = waiting.version), 0), id LIMIT $2";

/// Worth doing for another day at least.
pub(super) const REPLAY_INTENTS: &str = "UPDATE intent SET state = 'due', due_at = $1, attempts = 0, \
    valid_until = CASE WHEN valid_until > $1 + 86400000000 THEN valid_until ELSE $1 + 86400000000 END \
    WHERE brand = $2 AND state IN ('dead', 'unknown') \
    AND (CAST($3 AS TEXT) IS NULL OR id = $3) AND (CAST($4 AS TEXT) IS NULL OR destination = $4)";

/// As a second try: it may be there already.
pub(super) const REPLAY_FEEDS: &str = "UPDATE feed SET state = 'due', due_at = $1, attempts = 1 \
    WHERE brand = $2 AND state = 'dead' AND (CAST($3 AS TEXT) IS NULL OR destination || ':' || member = $3) \
    AND (CAST($4 AS TEXT) IS NULL OR destination = $4)";

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
