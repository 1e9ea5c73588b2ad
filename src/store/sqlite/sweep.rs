//! Going through all members, in SQLite.

use rusqlite::{OptionalExtension, params};

use super::Sqlite;
use crate::store::{
    StoreError,
    sweep::{FAR, GET_ON, MEMBERS},
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

    pub async fn far(&self, name: &str) -> Result<Option<String>, StoreError> {
        let name = name.to_owned();
        self.read(move |connection| Ok(connection.query_row(FAR, [name], |row| row.get(0)).optional()?)).await
    }

    pub async fn get_on(&self, name: &str, far: &str) -> Result<(), StoreError> {
        let (name, far) = (name.to_owned(), far.to_owned());
        self.write(move |connection| {
            connection.execute(GET_ON, [name, far])?;
            Ok(())
        })
        .await
    }
}
