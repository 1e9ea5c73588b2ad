//! Names that were told, in SQLite.

use rusqlite::{Connection, params};

use super::{Sqlite, whole};
use crate::{
    store::{StoreError, names::NameRow},
    values::bounds::NAMES_KEPT,
};

impl Sqlite {
    pub async fn names_seen(&self, brand: &str) -> Result<Vec<(String, String)>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let mut select = connection.prepare_cached("SELECT kind, spelled FROM name_seen WHERE brand = ?1")?;
            let rows = select.query_map([brand], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Orders of a brand, counted up to `most`.
    pub async fn orders_up_to(&self, brand: &str, most: usize) -> Result<usize, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let select = "SELECT COUNT(*) FROM (SELECT 1 FROM \"order\" WHERE brand = ?1 LIMIT ?2)";
            Ok(connection.query_row(select, params![brand, whole(most as u64)], |row| row.get(0))?)
        })
        .await
    }

    /// Brand, type and content of the newest events, while no name is kept.
    pub async fn facts_without_names(&self, most: i64) -> Result<Vec<(String, String, String)>, StoreError> {
        self.read(move |connection| {
            let mut select = connection.prepare(
                "SELECT brand, type, data FROM event WHERE NOT EXISTS (SELECT 1 FROM name_seen) ORDER BY seq DESC LIMIT ?1",
            )?;
            let rows = select.query_map([most], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn keep_names(&self, rows: Vec<NameRow>) -> Result<(), StoreError> {
        self.write(move |connection| write_names(connection, &rows)).await
    }

    /// As far as the members' snapshots know.
    pub async fn members_of_tier(&self, brand: &str, tier: &str) -> Result<u64, StoreError> {
        let key = [brand.to_owned(), tier.to_owned()];
        self.read(move |connection| {
            let select = "SELECT COUNT(*) FROM member WHERE brand = ?1 AND document ->> '$.tier.id' = ?2";
            Ok(connection.query_row(select, key, |row| row.get(0))?)
        })
        .await
    }
}

pub(super) fn write_names(connection: &Connection, rows: &[NameRow]) -> Result<(), StoreError> {
    for row in rows {
        connection
            .prepare_cached(
                "INSERT INTO name_seen (brand, kind, name, spelled) SELECT ?1, ?2, ?3, ?4 \
                 WHERE (SELECT COUNT(*) FROM name_seen WHERE brand = ?1 AND kind = ?2) < ?5 ON CONFLICT DO NOTHING",
            )?
            .execute(params![row.brand, row.kind, row.name, row.spelled, NAMES_KEPT])?;
    }
    Ok(())
}
