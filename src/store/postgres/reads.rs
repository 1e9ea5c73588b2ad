//! Members, orders and intents as people ask for them, in PostgreSQL.

use super::{Postgres, instant, whole};
use crate::{
    loyalty::{Order, intent::Intent},
    store::{StoreError, reads::INTENTS},
};

impl Postgres {
    pub async fn orders_of(
        &self,
        brand: &str,
        member: &str,
        cursor: &str,
        limit: usize,
    ) -> Result<Vec<Order>, StoreError> {
        let select = "SELECT document FROM \"order\" WHERE brand = $1 AND member = $2 AND id > $3 ORDER BY id LIMIT $4";
        let rows = self.rows(select, &[&brand, &member, &cursor, &whole(limit as u64)]).await?;
        rows.iter().map(|row| Ok(serde_json::from_str(row.try_get(0)?)?)).collect()
    }

    pub async fn intents_of(
        &self,
        brand: &str,
        member: &str,
        version: u64,
    ) -> Result<Vec<(Intent, String)>, StoreError> {
        let rows = self.rows(INTENTS, &[&brand, &member, &whole(version)]).await?;
        let intents = rows.iter().map(|row| {
            let action = serde_json::from_str(row.try_get(1)?)?;
            Ok((Intent { id: row.try_get(0)?, action, valid_until: instant(row, 2)? }, row.try_get(3)?))
        });
        intents.collect()
    }
}
