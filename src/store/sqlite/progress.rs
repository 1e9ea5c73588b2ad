//! How far destinations are, in SQLite.

use jiff::Timestamp;
use rusqlite::params;

use super::Sqlite;
use crate::{
    clock::to_micros,
    store::{
        StoreError,
        progress::{FeedProgress, PROGRESS},
    },
};

impl Sqlite {
    pub async fn progress(&self, destination: &'static str) -> Result<Vec<FeedProgress>, StoreError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(PROGRESS)?;
            let rows = select.query_map([destination], |row| {
                Ok(FeedProgress { brand: row.get(0)?, member: row.get(1)?, version: row.get(2)?, due: row.get(3)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn deliver_again(
        &self,
        destination: &'static str,
        members: Vec<(String, String)>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        self.write(move |connection| {
            let transaction = connection.transaction()?;
            let mut again = 0;
            for (brand, member) in members {
                again += transaction.execute(
                    "INSERT INTO feed (destination, brand, member, version_due, due_at) \
                     SELECT ?1, brand, member, MAX(version), ?4 FROM event WHERE brand = ?2 AND member = ?3 GROUP BY 2, 3 \
                     ON CONFLICT (destination, brand, member) DO UPDATE \
                     SET version_sent = 0, attempts = 0, state = 'due', due_at = excluded.due_at",
                    params![destination, brand, member, to_micros(now)],
                )?;
            }
            transaction.commit()?;
            Ok(again)
        })
        .await
    }
}
