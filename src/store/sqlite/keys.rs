//! API keys and settings in SQLite.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Sqlite;
use crate::{
    clock::{from_micros, to_micros},
    store::{ApiKey, StoreError},
};

impl Sqlite {
    /// The value of a setting, which is `fresh` when it had none.
    pub async fn setting(&self, name: &'static str, fresh: String) -> Result<String, StoreError> {
        self.write(move |connection| {
            connection.execute("INSERT INTO setting VALUES (?1, ?2) ON CONFLICT DO NOTHING", [name, &fresh])?;
            Ok(connection.query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0))?)
        })
        .await
    }

    pub async fn add_key(&self, key: ApiKey) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "INSERT INTO api_key (id, name, brand, scopes, hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![key.id, key.name, key.brand, key.scopes.join(" "), key.hash, to_micros(key.created_at)],
            )?;
            Ok(())
        })
        .await
    }

    pub async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(&format!("{SELECT} ORDER BY created_at"))?;
            Ok(select.query_map([], key)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn key(&self, id: &str) -> Result<Option<ApiKey>, StoreError> {
        let id = id.to_owned();
        self.read(move |connection| {
            Ok(connection.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?.query_row([id], key).optional()?)
        })
        .await
    }

    pub async fn revoke_key(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.write(move |connection| {
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
