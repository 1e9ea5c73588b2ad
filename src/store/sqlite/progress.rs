//! How far destinations are, in SQLite.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Sqlite, whole};
use crate::{
    clock::to_micros,
    store::{
        StoreError,
        progress::{FeedProgress, PROGRESS, PROGRESS_AFTER, PROGRESS_WITH},
    },
};

impl Sqlite {
    pub async fn progress(&self, destination: &'static str) -> Result<Vec<FeedProgress>, StoreError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(PROGRESS)?;
            let rows = select.query_map([destination], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn progress_after(
        &self,
        destination: &'static str,
        (brand, member): (String, String),
        limit: usize,
    ) -> Result<Vec<FeedProgress>, StoreError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(PROGRESS_AFTER)?;
            let rows = select.query_map(params![destination, brand, member, whole(limit as u64)], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn progress_with(
        &self,
        destination: &'static str,
        members: Vec<(String, String)>,
    ) -> Result<Vec<FeedProgress>, StoreError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(PROGRESS_WITH)?;
            let mut found = Vec::new();
            for (brand, member) in members {
                found.extend(select.query_row(params![destination, brand, member], read).optional()?);
            }
            Ok(found)
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

fn read(row: &Row<'_>) -> rusqlite::Result<FeedProgress> {
    Ok(FeedProgress { brand: row.get(0)?, member: row.get(1)?, version: row.get(2)?, due: row.get(3)? })
}
