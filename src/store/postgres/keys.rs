//! API keys and settings in PostgreSQL.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::{Postgres, instant};
use crate::{
    clock::{from_micros, to_micros},
    store::{ApiKey, StoreError},
};

impl Postgres {
    /// The value of a setting, which is `fresh` when it had none.
    pub async fn setting(&self, name: &'static str, fresh: String) -> Result<String, StoreError> {
        self.execute("INSERT INTO setting VALUES ($1, $2) ON CONFLICT DO NOTHING", &[&name, &fresh]).await?;
        let row = self.row("SELECT value FROM setting WHERE name = $1", &[&name]).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(fresh))
    }

    pub async fn add_key(&self, key: ApiKey) -> Result<(), StoreError> {
        let (scopes, created_at) = (key.scopes.join(" "), to_micros(key.created_at));
        let insert = "INSERT INTO api_key (id, name, brand, scopes, hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
        self.execute(insert, &[&key.id, &key.name, &key.brand, &scopes, &key.hash, &created_at]).await?;
        Ok(())
    }

    pub async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        let rows = self
            .rows(
                "SELECT id, name, brand, scopes, hash, created_at, revoked_at FROM api_key ORDER BY created_at, id",
                &[],
            )
            .await?;
        rows.iter().map(key).collect()
    }

    pub async fn key(&self, id: &str) -> Result<Option<ApiKey>, StoreError> {
        let select = "SELECT id, name, brand, scopes, hash, created_at, revoked_at FROM api_key WHERE id = $1";
        self.row(select, &[&id]).await?.as_ref().map(key).transpose()
    }

    pub async fn revoke_key(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let update = "UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        Ok(self.execute(update, &[&id, &to_micros(now)]).await? == 1)
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
