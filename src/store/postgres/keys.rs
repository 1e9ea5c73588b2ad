//! API keys and settings in PostgreSQL.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::{Postgres, instant};
use crate::{
    clock::{from_micros, to_micros},
    store::{
        ApiKey, StoreError,
        keys::{ADD, ALL, ONE, REVOKE, SETTING, VALUE},
    },
};

impl Postgres {
    /// The value of a setting, which is `fresh` when it had none.
    pub async fn setting(&self, name: &'static str, fresh: String) -> Result<String, StoreError> {
        self.execute(SETTING, &[&name, &fresh]).await?;
        let row = self.row(VALUE, &[&name]).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(fresh))
    }

    pub async fn add_key(&self, key: ApiKey) -> Result<(), StoreError> {
        let (scopes, created_at) = (key.scopes.join(" "), to_micros(key.created_at));
        self.execute(ADD, &[&key.id, &key.name, &key.brand, &scopes, &key.hash, &created_at]).await?;
        Ok(())
    }

    pub async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.rows(ALL, &[]).await?.iter().map(key).collect()
    }

    pub async fn key(&self, id: &str) -> Result<Option<ApiKey>, StoreError> {
        self.row(ONE, &[&id]).await?.as_ref().map(key).transpose()
    }

    pub async fn revoke_key(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.execute(REVOKE, &[&to_micros(now), &id]).await? == 1)
    }
}

fn key(row: &Row) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        brand: row.try_get(2)?,
        scopes: row.try_get::<_, &str>(3)?.split_whitespace().map(str::to_owned).collect(),
        hash: row.try_get(4)?,
        created_at: instant(row, 5)?,
        revoked_at: row.try_get::<_, Option<i64>>(6)?.map(from_micros),
    })
}
