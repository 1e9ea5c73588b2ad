//! Programme versions in SQLite.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Sqlite;
use crate::{
    clock::{from_micros, to_micros},
    store::{
        StoreError,
        published::{ALL, NEWEST, PUBLISH, PublishedRows},
    },
};

impl Sqlite {
    pub async fn published(&self) -> Result<Vec<PublishedRows>, StoreError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(ALL)?;
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
            let newest: Option<(u32, String)> =
                connection.query_row(NEWEST, [&brand], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            if let Some((number, known)) = &newest
                && *known == content
            {
                return Ok((*number, false));
            }
            let number = newest.map_or(1, |(number, _)| number + 1);
            connection.execute(PUBLISH, params![brand, number, to_micros(now), content])?;
            Ok((number, true))
        })
        .await
    }
}
