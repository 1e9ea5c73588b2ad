//! Names that ever came (categories, event types, segments, stores, channels), each once. A bounded record: it decides nothing.

use super::{Store, StoreError};

/// A name that came for the first time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameRow {
    pub brand: String,
    pub kind: &'static str,
    /// As names are compared.
    pub name: String,
    /// As it came.
    pub spelled: String,
}

impl Store {
    /// All names of a brand: `(kind, spelled)`.
    pub async fn names_seen(&self, brand: &str) -> Result<Vec<(String, String)>, StoreError> {
        match self {
            Self::Sqlite(db) => db.names_seen(brand).await,
            Self::Postgres(db) => db.names_seen(brand).await,
        }
    }

    /// The newest events `(brand, kind, data)` of a database that keeps no names yet; none where it keeps some.
    pub async fn facts_without_names(&self, newest: i64) -> Result<Vec<(String, String, String)>, StoreError> {
        match self {
            Self::Sqlite(db) => db.facts_without_names(newest).await,
            Self::Postgres(db) => db.facts_without_names(newest).await,
        }
    }

    /// Keeps these names; one that is known stays as it is.
    pub async fn keep_names(&self, rows: Vec<NameRow>) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.keep_names(rows).await,
            Self::Postgres(db) => db.keep_names(&rows).await,
        }
    }

    /// Orders of a brand, counted up to `most`.
    pub async fn orders_up_to(&self, brand: &str, most: usize) -> Result<usize, StoreError> {
        match self {
            Self::Sqlite(db) => db.orders_up_to(brand, most).await,
            Self::Postgres(db) => db.orders_up_to(brand, most).await,
        }
    }

    /// How many members wear a tier, as far as the members' snapshots know.
    pub async fn members_of_tier(&self, brand: &str, tier: &str) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(db) => db.members_of_tier(brand, tier).await,
            Self::Postgres(db) => db.members_of_tier(brand, tier).await,
        }
    }
}
