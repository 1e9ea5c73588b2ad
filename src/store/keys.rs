//! API keys and the installation's own secret.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Store, StoreError};
use crate::{
    clock::{from_micros, to_micros},
    ids,
};

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
        let Self::Sqlite(db) = self;
        let text = db
            .write(|connection| {
                let fresh = hex::encode(ids::secret());
                connection.execute("INSERT INTO setting VALUES ('secret', ?1) ON CONFLICT DO NOTHING", [fresh])?;
                Ok(connection
                    .query_row("SELECT value FROM setting WHERE name = 'secret'", [], |row| row.get::<_, String>(0))?)
            })
            .await?;
        let mut secret = [0; 32];
        hex::decode_to_slice(&text, &mut secret)
            .map_err(|_| StoreError::Migration("the secret is damaged".to_owned()))?;
        Ok(secret)
    }

    pub async fn add_key(&self, key: ApiKey) -> Result<(), StoreError> {
        let Self::Sqlite(db) = self;
        db.write(move |connection| {
            connection.execute(
                "INSERT INTO api_key (id, name, brand, scopes, hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![key.id, key.name, key.brand, key.scopes.join(" "), key.hash, to_micros(key.created_at)],
            )?;
            Ok(())
        })
        .await
    }

    /// All keys, oldest first, revoked ones included.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        let Self::Sqlite(db) = self;
        db.read(|connection| {
            let mut select = connection.prepare_cached(&format!("{SELECT} ORDER BY created_at"))?;
            Ok(select.query_map([], key)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn key(&self, id: &str) -> Result<Option<ApiKey>, StoreError> {
        let Self::Sqlite(db) = self;
        let id = id.to_owned();
        db.read(move |connection| {
            Ok(connection.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?.query_row([id], key).optional()?)
        })
        .await
    }

    /// True when there was such a key and it was not revoked yet.
    pub async fn revoke_key(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let Self::Sqlite(db) = self;
        let id = id.to_owned();
        db.write(move |connection| {
            let update = "UPDATE api_key SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";
            Ok(connection.execute(update, params![id, to_micros(now)])? == 1)
        })
        .await
    }
}

const SELECT: &str = "SELECT id, name, brand, scopes, hash, created_at, revoked_at FROM api_key";

fn key(row: &rusqlite::Row<'_>) -> Result<ApiKey, rusqlite::Error> {
    Ok(ApiKey {
        id: row.get(0)?,
        name: row.get(1)?,
        brand: row.get(2)?,
        scopes: row.get::<_, String>(3)?.split_whitespace().map(str::to_owned).collect(),
        hash: row.get(4)?,
        created_at: from_micros(row.get(5)?),
        revoked_at: row.get::<_, Option<i64>>(6)?.map(from_micros),
    })
}
