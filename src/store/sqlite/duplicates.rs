//! Members that may be one person, in SQLite.

use rusqlite::{Connection, OptionalExtension, params};

use super::Sqlite;
use crate::store::{Batch, StoreError, duplicates::Duplicate};

/// A pair that is known already stays as it is: who was kept apart is not asked about again.
const NEW: &str = "INSERT INTO duplicate (brand, member, other, kind, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5) \
    ON CONFLICT DO NOTHING";

const SETTLE: &str = "INSERT INTO duplicate (brand, member, other, kind, recorded_at, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
    ON CONFLICT (brand, member, other) DO UPDATE SET state = excluded.state";

pub(super) fn write(connection: &Connection, batch: &Batch) -> Result<(), StoreError> {
    for row in &batch.duplicates {
        let values = params![row.brand, row.member, row.other, row.kind, row.recorded_at];
        connection.prepare_cached(NEW)?.execute(values)?;
    }
    for row in &batch.settled {
        let pair = &row.pair;
        let values = params![pair.brand, pair.member, pair.other, pair.kind, pair.recorded_at, row.state];
        connection.prepare_cached(SETTLE)?.execute(values)?;
    }
    Ok(())
}

impl Sqlite {
    pub async fn duplicates(
        &self,
        brand: &str,
        after: [String; 2],
        limit: usize,
    ) -> Result<Vec<Duplicate>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT member, other, kind, recorded_at FROM duplicate \
                 WHERE brand = ?1 AND state = 'open' AND (member, other) > (?2, ?3) ORDER BY member, other LIMIT ?4",
            )?;
            let rows = select.query_map(params![brand, after[0], after[1], limit], |row| {
                Ok(Duplicate { members: [row.get(0)?, row.get(1)?], kind: row.get(2)?, recorded_at: row.get(3)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn duplicate_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.read(|connection| {
            let mut select = connection
                .prepare_cached("SELECT brand, count(*) FROM duplicate WHERE state = 'open' GROUP BY brand")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn pair_state(&self, brand: &str, pair: [String; 2]) -> Result<Option<String>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let select = "SELECT state FROM duplicate WHERE brand = ?1 AND member = ?2 AND other = ?3";
            let mut select = connection.prepare_cached(select)?;
            Ok(select.query_row(params![brand, pair[0], pair[1]], |row| row.get(0)).optional()?)
        })
        .await
    }

    pub async fn keep_apart(
        &self,
        brand: &str,
        pair: [String; 2],
        settled: (String, String),
    ) -> Result<bool, StoreError> {
        let brand = brand.to_owned();
        self.write(move |connection| {
            let update = "UPDATE duplicate SET state = 'apart', settled_by = ?4, reason = ?5 \
                 WHERE brand = ?1 AND member = ?2 AND other = ?3 AND state <> 'merged'";
            let ([member, other], (by, reason)) = (pair, settled);
            Ok(connection.execute(update, params![brand, member, other, by, reason])? > 0)
        })
        .await
    }
}
