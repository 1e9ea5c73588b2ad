//! Going through all members of a brand a few at a time, and how far somebody is with that.

use super::{Store, StoreError};

pub(super) const MEMBERS: &str = "SELECT member FROM person WHERE brand = $1 AND member > $2 ORDER BY member LIMIT $3";
pub(super) const FAR: &str = "SELECT value FROM setting WHERE name = $1";
pub(super) const GET_ON: &str =
    "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

impl Store {
    /// Members of a brand by id, the first ones after this id.
    pub async fn members_after(&self, brand: &str, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Sqlite(db) => db.members_after(brand, after, limit).await,
            Self::Postgres(db) => db.members_after(brand, after, limit).await,
        }
    }

    /// How far somebody got who goes through everything under this name; nothing before the first time.
    pub async fn far(&self, name: &str) -> Result<Option<String>, StoreError> {
        match self {
            Self::Sqlite(db) => db.far(name).await,
            Self::Postgres(db) => db.far(name).await,
        }
    }

    /// Writes down how far it is.
    pub async fn get_on(&self, name: &str, far: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.get_on(name, far).await,
            Self::Postgres(db) => db.get_on(name, far).await,
        }
    }
}
