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
    /// Who made it and why, as text; nothing where nobody said.
    pub note: Option<String>,
}

/// A version that is to be stored.
#[derive(Debug, Clone, Default)]
pub struct NewVersion {
    pub content: String,
    /// The version that it was made beside (0: none): it is stored only while that is the newest. Nothing: whatever is.
    pub after: Option<u32>,
    pub note: Option<String>,
}

/// What became of a version that was to be stored; the number of the newest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    New(u32),
    /// The newest says the same.
    Same(u32),
    /// The newest is not the one that it was made beside.
    Moved(u32),
}

impl NewVersion {
    /// What is to be done with it beside the newest version: its own number, where it is to be stored.
    pub(super) fn number(&self, newest: Option<(u32, &str)>) -> Result<u32, Kept> {
        let (number, content) = newest.unwrap_or_default();
        if newest.is_some() && content == self.content {
            return Err(Kept::Same(number));
        }
        if self.after.is_some_and(|after| after != number) {
            return Err(Kept::Moved(number));
        }
        Ok(number + 1)
    }
}

pub(super) const ALL: &str =
    "SELECT brand, version, effective_at, content, note FROM programme ORDER BY brand, version";
pub(super) const NEWEST: &str = "SELECT version, content FROM programme WHERE brand = $1 ORDER BY version DESC LIMIT 1";
/// Nothing where another connector made the same version meanwhile.
pub(super) const PUBLISH: &str = "INSERT INTO programme (brand, version, effective_at, content, note) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

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

    /// Stores the brand's next version, unless its newest one says the same or is not the one that this was made beside.
    pub async fn keep_published(&self, brand: &str, version: NewVersion, now: Timestamp) -> Result<Kept, StoreError> {
        match self {
            Self::Sqlite(db) => db.publish(brand, version, now).await,
            Self::Postgres(db) => db.publish(brand, version, now).await,
        }
    }
}
