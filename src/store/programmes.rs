//! Published programme versions: kept for ever, and the live ones in memory.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::Timestamp;
use rusqlite::params;

use super::{Store, StoreError};
use crate::{
    clock::{from_micros, to_micros},
    programme::{Programme, Programmes, Tables, Version, check},
};

/// The programmes of all brands as they are in force. Cloning shares them.
#[derive(Clone, Default)]
pub struct LiveProgrammes(Arc<RwLock<HashMap<String, Programmes>>>);

impl LiveProgrammes {
    pub fn all(&self) -> HashMap<String, Programmes> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn of(&self, brand: &str) -> Option<Programmes> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(brand).cloned()
    }

    fn add(&self, brand: &str, version: Version) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let programmes = all.get(brand).map(|known| known.with(version.clone()));
        if let Some(programmes) = programmes.or_else(|| Programmes::new(vec![version])) {
            all.insert(brand.to_owned(), programmes);
        }
    }
}

/// A version as it is stored: the rows, not what they were compiled to.
#[derive(Debug, Clone)]
pub struct PublishedRows {
    pub brand: String,
    pub number: u32,
    pub effective_at: Timestamp,
    pub content: String,
}

impl PublishedRows {
    /// The rows of this version.
    pub fn tables(&self) -> Result<Tables, StoreError> {
        Ok(serde_json::from_str(&self.content)?)
    }
}

impl Store {
    /// Every version of every brand, oldest first.
    pub async fn published(&self) -> Result<Vec<PublishedRows>, StoreError> {
        let Self::Sqlite(db) = self;
        db.read(|connection| {
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

    /// Brings all stored versions to life.
    pub async fn load_programmes(&self, live: &LiveProgrammes) -> Result<(), StoreError> {
        for rows in self.published().await? {
            let programme = check(&rows.tables()?).map_err(|problems| {
                StoreError::Migration(format!(
                    "programme v{} of {} is no longer valid: {}",
                    rows.number, rows.brand, problems[0]
                ))
            })?;
            let (number, effective_at) = (rows.number, rows.effective_at);
            live.add(&rows.brand, Version { number, effective_at, programme: Arc::new(programme) });
        }
        Ok(())
    }

    /// Stores a checked programme as the brand's next version and makes it live. Returns its number; the live number when
    /// the content is what is live already.
    pub async fn publish(
        &self,
        live: &LiveProgrammes,
        brand: &str,
        tables: &Tables,
        programme: Programme,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let Self::Sqlite(db) = self;
        let (brand_row, content) = (brand.to_owned(), tables.canonical());
        let (number, is_new) = db
            .write(move |connection| {
                let newest: Option<(u32, String)> = newest(connection, &brand_row)?;
                if let Some((number, known)) = &newest
                    && *known == content
                {
                    return Ok((*number, false));
                }
                let number = newest.map_or(1, |(number, _)| number + 1);
                connection.execute(
                    "INSERT INTO programme (brand, version, effective_at, content) VALUES (?1, ?2, ?3, ?4)",
                    params![brand_row, number, to_micros(now), content],
                )?;
                Ok((number, true))
            })
            .await?;
        if is_new {
            live.add(brand, Version { number, effective_at: now, programme: Arc::new(programme) });
        }
        Ok(number)
    }
}

fn newest(connection: &rusqlite::Connection, brand: &str) -> Result<Option<(u32, String)>, StoreError> {
    use rusqlite::OptionalExtension;
    let select = "SELECT version, content FROM programme WHERE brand = ?1 ORDER BY version DESC LIMIT 1";
    Ok(connection.query_row(select, [brand], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}
