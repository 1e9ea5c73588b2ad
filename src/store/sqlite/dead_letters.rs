//! Dead letters in SQLite.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::Sqlite;
use crate::{
    clock::to_micros,
    store::{DeadLetter, StoreError, dead_letters::COUNTS},
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
            let intents = connection.execute(
                "UPDATE intent SET state = 'due', due_at = ?3, attempts = 0, \
                 valid_until = MAX(valid_until, ?3 + 86400000000) WHERE brand = ?4 AND state IN ('dead', 'unknown') \
                 AND (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR destination = ?2)",
                params![id, destination, now, brand],
            )?;
            let feeds = connection.execute(
                "UPDATE feed SET state = 'due', due_at = ?3, attempts = 1 WHERE brand = ?4 AND state = 'dead' \
                 AND (?1 IS NULL OR destination || ':' || member = ?1) AND (?2 IS NULL OR destination = ?2)",
                params![id, destination, now, brand],
            )?;
            Ok(intents + feeds)
        })
        .await
    }
}

fn dead_letters(connection: &Connection, brand: &str, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT id, destination, member, state, attempts, COALESCE(problem, ''), action FROM intent \
         WHERE brand = ?1 AND state IN ('dead', 'unknown') \
         UNION ALL SELECT destination || ':' || member, destination, member, state, attempts, COALESCE(problem, ''), 'null' \
         FROM feed WHERE brand = ?1 AND state = 'dead' LIMIT ?2",
    )?;
    let rows = select.query_map(params![brand, limit as u64], |row| {
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
