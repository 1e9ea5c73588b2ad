//! Which database the ledger lies in, and what is to be known of it where several machines answer for it.

use super::{Store, StoreError};

/// The database as it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// `SQLite 3.50.2`, `PostgreSQL 17.6`.
    pub name: String,
    /// None where the ledger is one file.
    pub server: Option<Server>,
}

/// A server of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// How many hosts the address names.
    pub hosts: usize,
    pub standby: Standby,
}

/// Who has a commit before it is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standby {
    /// Nobody but the server itself.
    NotAsked,
    /// At least one that is named is there.
    There,
    /// The setting names somebody, and nobody by that name is there: commits wait.
    Missing { names: String },
}

impl Store {
    pub async fn engine(&self) -> Result<Engine, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(Engine { name: format!("SQLite {}", rusqlite::version()), server: None }),
            Self::Postgres(db) => db.engine().await,
        }
    }
}
