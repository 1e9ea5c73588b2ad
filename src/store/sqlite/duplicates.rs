//! Members that may be one person, in SQLite.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Sqlite, whole};
use crate::store::{
    Batch, StoreError,
    duplicates::{APART, COUNTS, Duplicate, OPEN, SETTLE, STATE},
};

/// A pair that is known already stays as it is: who was kept apart is not asked about again.
const NEW: &str = "INSERT INTO duplicate (brand, member, other, kind, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5) \
    ON CONFLICT DO NOTHING";

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
            let mut select = connection.prepare_cached(OPEN)?;
            let rows = select.query_map(params![brand, after[0], after[1], whole(limit as u64)], |row| {
                Ok(Duplicate { members: [row.get(0)?, row.get(1)?], kind: row.get(2)?, recorded_at: row.get(3)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn duplicate_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(COUNTS)?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn pair_state(&self, brand: &str, pair: [String; 2]) -> Result<Option<String>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let mut select = connection.prepare_cached(STATE)?;
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
            let ([member, other], (by, reason)) = (pair, settled);
            Ok(connection.execute(APART, params![by, reason, brand, member, other])? > 0)
        })
        .await
    }
}
