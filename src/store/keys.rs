//! API keys and the installation's own secret.

use jiff::Timestamp;

use super::{Store, StoreError};
use crate::ids;

/// The value of a setting stays what it was first.
pub(super) const SETTING: &str = "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
pub(super) const VALUE: &str = "SELECT value FROM setting WHERE name = $1";
pub(super) const ADD: &str =
    "INSERT INTO api_key (id, name, brand, scopes, hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
pub(super) const ALL: &str =
    "SELECT id, name, brand, scopes, hash, created_at, revoked_at FROM api_key ORDER BY created_at, id";
pub(super) const ONE: &str = "SELECT id, name, brand, scopes, hash, created_at, revoked_at FROM api_key WHERE id = $1";
pub(super) const REVOKE: &str = "UPDATE api_key SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";

/// A key as it is stored: the secret itself only as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: String,
    /// Becomes the source name of what the key sends; kept when a key is rotated.
    pub name: String,
    pub brand: String,
    pub scopes: Vec<String>,
    /// SHA-256 of the secret, in hex.
    pub hash: String,
    pub created_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

impl Store {
    /// The installation's secret, made at the first call: keys the hashes of identities and contents.
    pub async fn installation_secret(&self) -> Result<[u8; 32], StoreError> {
        let fresh = hex::encode(ids::secret());
        let text = match self {
            Self::Sqlite(db) => db.setting("secret", fresh).await,
            Self::Postgres(db) => db.setting("secret", fresh).await,
        }?;
        let mut secret = [0; 32];
        hex::decode_to_slice(&text, &mut secret)
            .map_err(|_| StoreError::Migration("the secret is damaged".to_owned()))?;
        Ok(secret)
    }

    pub async fn add_key(&self, key: ApiKey) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.add_key(key).await,
            Self::Postgres(db) => db.add_key(key).await,
        }
    }

    /// All keys, oldest first, revoked ones included.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        match self {
            Self::Sqlite(db) => db.keys().await,
            Self::Postgres(db) => db.keys().await,
        }
    }

    pub async fn key(&self, id: &str) -> Result<Option<ApiKey>, StoreError> {
        match self {
            Self::Sqlite(db) => db.key(id).await,
            Self::Postgres(db) => db.key(id).await,
        }
    }

    /// True when there was such a key and it was not revoked yet.
    pub async fn revoke_key(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(db) => db.revoke_key(id, now).await,
            Self::Postgres(db) => db.revoke_key(id, now).await,
        }
    }
}
