//! Going through all members, in PostgreSQL.

use super::Postgres;
use crate::store::{
    StoreError,
    sweep::{FAR, GET_ON, MEMBERS},
    whole,
};

impl Postgres {
    pub async fn members_after(&self, brand: &str, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let rows = self.rows(MEMBERS, &[&brand, &after, &whole(limit as u64)]).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    pub async fn far(&self, name: &str) -> Result<Option<String>, StoreError> {
        let rows = self.rows(FAR, &[&name]).await?;
        rows.first().map(|row| Ok(row.try_get(0)?)).transpose()
    }

    pub async fn get_on(&self, name: &str, far: &str) -> Result<(), StoreError> {
        self.rows(GET_ON, &[&name, &far]).await.map(drop)
    }
}
