//! Going through all members, in SQLite.

use rusqlite::{OptionalExtension, params};

use super::Sqlite;
use crate::store::{
    StoreError,
    sweep::{KEEP_PROGRESS, MEMBERS, PROGRESS},
    whole,
};

impl Sqlite {
    pub async fn members_after(&self, brand: &str, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let (brand, after) = (brand.to_owned(), after.to_owned());
        self.read(move |connection| {
            let mut select = connection.prepare_cached(MEMBERS)?;
            let rows = select.query_map(params![brand, after, whole(limit as u64)], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn progress_of(&self, name: &str) -> Result<Option<String>, StoreError> {
        let name = name.to_owned();
        self.read(move |connection| Ok(connection.query_row(PROGRESS, [name], |row| row.get(0)).optional()?)).await
    }

    pub async fn keep_progress(&self, name: &str, progress: &str) -> Result<(), StoreError> {
        let (name, progress) = (name.to_owned(), progress.to_owned());
        self.write(move |connection| {
            connection.execute(KEEP_PROGRESS, [name, progress])?;
            Ok(())
        })
        .await
    }
}
