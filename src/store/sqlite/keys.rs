//! API keys and settings in SQLite.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Sqlite;
use crate::{
    clock::{from_micros, to_micros},
    store::{
        ApiKey, StoreError,
        keys::{ADD, ALL, ONE, REVOKE, SETTING, VALUE},
    },
};

impl Sqlite {
    /// The value of a setting, which is `fresh` when it had none.
    pub async fn setting(&self, name: &'static str, fresh: String) -> Result<String, StoreError> {
        self.write(move |connection| {
            connection.execute(SETTING, [name, &fresh])?;
            Ok(connection.query_row(VALUE, [name], |row| row.get(0))?)
        })
        .await
    }

    pub async fn add_key(&self, key: ApiKey) -> Result<(), StoreError> {
        self.write(move |connection| {
            let values =
                params![key.id, key.name, key.brand, key.scopes.join(" "), key.hash, to_micros(key.created_at)];
            connection.execute(ADD, values)?;
            Ok(())
        })
        .await
    }

    pub async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(ALL)?;
            Ok(select.query_map([], key)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn key(&self, id: &str) -> Result<Option<ApiKey>, StoreError> {
        let id = id.to_owned();
        self.read(move |connection| Ok(connection.prepare_cached(ONE)?.query_row([id], key).optional()?)).await
    }

    pub async fn revoke_key(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.write(move |connection| Ok(connection.execute(REVOKE, params![to_micros(now), id])? == 1)).await
    }
}

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
