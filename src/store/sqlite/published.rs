//! Programme versions in SQLite.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Sqlite;
use crate::{
    clock::{from_micros, to_micros},
    store::{StoreError, published::PublishedRows},
};

impl Sqlite {
    pub async fn published(&self) -> Result<Vec<PublishedRows>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT brand, version, effective_at, content FROM programme ORDER BY brand, version",
            )?;
            let rows = select.query_map([], |row| {
                Ok(PublishedRows {
                    brand: row.get(0)?,
                    number: row.get(1)?,
                    effective_at: from_micros(row.get(2)?),
                    content: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The number of the version with this content, and whether it was made by this call.
    pub async fn publish(&self, brand: &str, content: String, now: Timestamp) -> Result<(u32, bool), StoreError> {
        let brand = brand.to_owned();
        self.write(move |connection| {
            let select = "SELECT version, content FROM programme WHERE brand = ?1 ORDER BY version DESC LIMIT 1";
            let newest: Option<(u32, String)> =
                connection.query_row(select, [&brand], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            if let Some((number, known)) = &newest
                && *known == content
            {
                return Ok((*number, false));
            }
            let number = newest.map_or(1, |(number, _)| number + 1);
            connection.execute(
                "INSERT INTO programme (brand, version, effective_at, content) VALUES (?1, ?2, ?3, ?4)",
                params![brand, number, to_micros(now), content],
            )?;
            Ok((number, true))
        })
        .await
    }
}
