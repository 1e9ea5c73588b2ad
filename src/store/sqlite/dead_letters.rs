//! Dead letters in SQLite.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{Sqlite, whole};
use crate::{
    clock::to_micros,
    store::{
        DeadLetter, StoreError,
        dead_letters::{COUNTS, REPLAY_FEEDS, REPLAY_INTENTS, WAITING},
    },
};

impl Sqlite {
    pub async fn dead_letters(&self, brand: &str, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| dead_letters(connection, &brand, limit)).await
    }

    pub async fn dead_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(COUNTS)?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn replay(
        &self,
        brand: &str,
        id: Option<String>,
        destination: Option<String>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let brand = brand.to_owned();
        self.write(move |connection| {
            let now = to_micros(now);
            let intents = connection.execute(REPLAY_INTENTS, params![now, brand, id, destination])?;
            let feeds = connection.execute(REPLAY_FEEDS, params![now, brand, id, destination])?;
            Ok(intents + feeds)
        })
        .await
    }
}

fn dead_letters(connection: &Connection, brand: &str, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
    let mut select = connection.prepare_cached(WAITING)?;
    let rows = select.query_map(params![brand, whole(limit as u64)], |row| {
        let content: String = row.get(6)?;
        Ok(DeadLetter {
            id: row.get(0)?,
            destination: row.get(1)?,
            member_id: row.get(2)?,
            state: row.get(3)?,
            attempts: row.get(4)?,
            problem: row.get(5)?,
            content: serde_json::from_str(&content).unwrap_or_default(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
