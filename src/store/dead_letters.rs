//! What waits for a person: deliveries that are refused for ever, or that may have arrived and cannot be looked up.
//! A person sends them again under the same key.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::Value;

use super::{Store, StoreError};
use crate::clock::to_micros;

/// A delivery that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct DeadLetter {
    pub id: String,
    pub destination: String,
    pub member_id: String,
    /// `dead` or `unknown`.
    pub state: String,
    pub attempts: u32,
    pub problem: String,
    /// What was to be delivered.
    #[schema(value_type = Object)]
    pub content: Value,
}

impl Store {
    /// What waits for a person, oldest first.
    pub async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let Self::Sqlite(db) = self;
        db.read(move |connection| dead_letters(connection, limit)).await
    }

    /// Makes dead letters due again under the same key: all, those of one destination, or one by id.
    pub async fn replay(
        &self,
        id: Option<String>,
        destination: Option<String>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let Self::Sqlite(db) = self;
        db.write(move |connection| {
            let now = to_micros(now);
            let intents = connection.execute(
                "UPDATE intent SET state = 'due', due_at = ?3, attempts = 0, \
                 valid_until = MAX(valid_until, ?3 + 86400000000) WHERE state IN ('dead', 'unknown') \
                 AND (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR destination = ?2)",
                params![id, destination, now],
            )?;
            let feeds = connection.execute(
                "UPDATE feed SET state = 'due', due_at = ?3, attempts = 1 WHERE state = 'dead' \
                 AND (?1 IS NULL OR destination || ':' || member = ?1) AND (?2 IS NULL OR destination = ?2)",
                params![id, destination, now],
            )?;
            Ok(intents + feeds)
        })
        .await
    }
}

fn dead_letters(connection: &Connection, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT id, destination, member, state, attempts, COALESCE(problem, ''), action FROM intent \
         WHERE state IN ('dead', 'unknown') \
         UNION ALL SELECT destination || ':' || member, destination, member, state, attempts, COALESCE(problem, ''), 'null' \
         FROM feed WHERE state = 'dead' LIMIT ?1",
    )?;
    let rows = select.query_map([limit as u64], |row| {
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
