//! Programme versions in SQLite.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Sqlite;
use crate::{
    clock::{from_micros, to_micros},
    store::{
        StoreError,
        published::{ALL, Kept, NEWEST, NewVersion, PUBLISH, PublishedRows},
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
                    note: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn publish(&self, brand: &str, version: NewVersion, now: Timestamp) -> Result<Kept, StoreError> {
        let brand = brand.to_owned();
        self.write(move |connection| {
            let newest: Option<(u32, String)> =
                connection.query_row(NEWEST, [&brand], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let number = match version.number(newest.as_ref().map(|(number, content)| (*number, content.as_str()))) {
                Ok(number) => number,
                Err(kept) => return Ok(kept),
            };
            let NewVersion { content, note, .. } = version;
            connection.execute(PUBLISH, params![brand, number, to_micros(now), content, note])?;
            Ok(Kept::New(number))
        })
        .await
    }
}
