//! Dead letters in PostgreSQL.

use jiff::Timestamp;

use super::{Postgres, count, small, whole};
use crate::{
    clock::to_micros,
    store::{
        DeadLetter, StoreError,
        dead_letters::{COUNTS, REPLAY_FEEDS, REPLAY_INTENTS, WAITING},
    },
};

impl Postgres {
    pub async fn dead_letters(&self, brand: &str, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let rows = self.rows(WAITING, &[&brand, &whole(limit as u64)]).await?;
        let letters = rows.iter().map(|row| {
            Ok(DeadLetter {
                id: row.try_get(0)?,
                destination: row.try_get(1)?,
                member_id: row.try_get(2)?,
                state: row.try_get(3)?,
                attempts: small(row, 4)?,
                problem: row.try_get(5)?,
                content: serde_json::from_str(row.try_get(6)?).unwrap_or_default(),
            })
        });
        letters.collect()
    }

    pub async fn dead_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = self.rows(COUNTS, &[]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, count(row, 1)?))).collect()
    }

    pub async fn replay(
        &self,
        brand: &str,
        id: Option<String>,
        destination: Option<String>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let now = to_micros(now);
        let intents = self.execute(REPLAY_INTENTS, &[&now, &brand, &id, &destination]).await?;
        let feeds = self.execute(REPLAY_FEEDS, &[&now, &brand, &id, &destination]).await?;
        Ok(usize::try_from(intents + feeds).unwrap_or(usize::MAX))
    }
}
