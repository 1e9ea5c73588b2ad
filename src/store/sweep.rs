//! Members of a brand a few at a time, and the progress of a job that goes through all of them.

use super::{Store, StoreError};

pub(super) const MEMBERS: &str = "SELECT member FROM person WHERE brand = $1 AND member > $2 ORDER BY member LIMIT $3";
pub(super) const PROGRESS: &str = "SELECT value FROM setting WHERE name = $1";
pub(super) const KEEP_PROGRESS: &str =
    "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

impl Store {
    /// Members of a brand by id, the first ones after this id.
    pub async fn members_after(&self, brand: &str, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Sqlite(db) => db.members_after(brand, after, limit).await,
            Self::Postgres(db) => db.members_after(brand, after, limit).await,
        }
    }

    /// How far the job of this name is, in its own words; nothing before it first kept that.
    pub async fn progress_of(&self, name: &str) -> Result<Option<String>, StoreError> {
        match self {
            Self::Sqlite(db) => db.progress_of(name).await,
            Self::Postgres(db) => db.progress_of(name).await,
        }
    }

    /// Keeps how far the job of this name is.
    pub async fn keep_progress(&self, name: &str, progress: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.keep_progress(name, progress).await,
            Self::Postgres(db) => db.keep_progress(name, progress).await,
        }
    }
}
