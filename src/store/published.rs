//! Published programme versions, kept for ever: their rows as text. What they mean is not known here.

use jiff::Timestamp;

use super::{Store, StoreError};

/// A version as it is stored: the rows, not what they were compiled to.
#[derive(Debug, Clone)]
pub struct PublishedRows {
    pub brand: String,
    pub number: u32,
    pub effective_at: Timestamp,
    /// The canonical text of its tables.
    pub content: String,
}

pub(super) const ALL: &str = "SELECT brand, version, effective_at, content FROM programme ORDER BY brand, version";
pub(super) const NEWEST: &str = "SELECT version, content FROM programme WHERE brand = $1 ORDER BY version DESC LIMIT 1";
/// Nothing where another connector made the same version meanwhile.
pub(super) const PUBLISH: &str =
    "INSERT INTO programme (brand, version, effective_at, content) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

impl Store {
    /// Every version of every brand, oldest first.
    pub async fn published(&self) -> Result<Vec<PublishedRows>, StoreError> {
        match self {
            Self::Sqlite(db) => db.published().await,
            Self::Postgres(db) => db.published().await,
        }
    }

    /// Versions above the known ones `(brand, number)` that another connector has published.
    pub async fn published_above(&self, known: Vec<(String, u32)>) -> Result<Vec<PublishedRows>, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(Vec::new()), // nobody else publishes
            Self::Postgres(db) => db.newer(known).await,
        }
    }

    /// Stores the brand's next version, unless its newest one says the same. Its number, and whether it is new.
    pub async fn keep_published(
        &self,
        brand: &str,
        content: String,
        now: Timestamp,
    ) -> Result<(u32, bool), StoreError> {
        match self {
            Self::Sqlite(db) => db.publish(brand, content, now).await,
            Self::Postgres(db) => db.publish(brand, content, now).await,
        }
    }
}
