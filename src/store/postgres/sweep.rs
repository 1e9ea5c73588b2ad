//! Going through all members, in PostgreSQL.

use super::Postgres;
use crate::store::{
    StoreError,
    sweep::{KEEP_PROGRESS, MEMBERS, PROGRESS},
    whole,
};

impl Postgres {
    pub async fn members_after(&self, brand: &str, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let rows = self.rows(MEMBERS, &[&brand, &after, &whole(limit as u64)]).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    pub async fn progress_of(&self, name: &str) -> Result<Option<String>, StoreError> {
        let rows = self.rows(PROGRESS, &[&name]).await?;
        rows.first().map(|row| Ok(row.try_get(0)?)).transpose()
    }

    pub async fn keep_progress(&self, name: &str, progress: &str) -> Result<(), StoreError> {
        self.rows(KEEP_PROGRESS, &[&name, &progress]).await.map(drop)
    }
}
