//! Shared counts, parked facts and alarms in SQLite.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Sqlite, whole};
use crate::{
    clock::{from_micros, to_micros},
    loyalty::counters::{Change, Count},
    store::{
        StoreError,
        counters::{self, CountRow, Versioned},
        parked::{self, ParkedName, ParkedPlace, ParkedRow, Parking},
    },
};

impl Sqlite {
    pub async fn counts(
        &self,
        keys: Vec<(String, String)>,
    ) -> Result<BTreeMap<(String, String), Versioned>, StoreError> {
        let found = self.look_up(keys.clone(), |connection, (brand, key)| {
            let mut select =
                connection.prepare_cached("SELECT used, offer, version FROM shared WHERE brand = ?1 AND key = ?2")?;
            let found = select.query_row(params![brand, key], |row| {
                Ok(Versioned { count: Count { used: row.get(0)?, offer: row.get(1)? }, version: row.get(2)? })
            });
            Ok(found.optional()?.unwrap_or_default())
        });
        Ok(keys.into_iter().zip(found.await?).collect())
    }

    pub async fn all_counts(
        &self,
        (brand, key): (String, String),
        limit: usize,
    ) -> Result<Vec<(String, String, Count)>, StoreError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(counters::ALL)?;
            let counts = select.query_map(params![brand, key, whole(limit as u64)], |row| {
                Ok((row.get(0)?, row.get(1)?, Count { used: row.get(2)?, offer: row.get(3)? }))
            })?;
            Ok(counts.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn issue_codes(&self, brand: &str, offer: &str, codes: Vec<String>) -> Result<usize, StoreError> {
        let (brand, offer) = (brand.to_owned(), offer.to_owned());
        self.write(move |connection| {
            let transaction = connection.transaction()?;
            let mut new = 0;
            for code in codes {
                let key = crate::loyalty::counters::code(&code);
                let insert = "INSERT INTO shared (brand, key, offer) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
                new += transaction.prepare_cached(insert)?.execute(params![brand, key, offer])?;
            }
            transaction.commit()?;
            Ok(new)
        })
        .await
    }

    pub async fn parked(&self, brand: &str, after: ParkedPlace, limit: usize) -> Result<Vec<ParkedRow>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let mut select = connection.prepare_cached(parked::ALL)?;
            let mut rows = select.query(params![brand, after.0, after.1, after.2, after.3, whole(limit as u64)])?;
            let mut parked = Vec::new();
            while let Some(row) = rows.next()? {
                parked.push(parked_row(row)?);
            }
            Ok(parked)
        })
        .await
    }

    pub async fn parked_fact(&self, brand: &str, source: &str, id: &str) -> Result<Option<ParkedRow>, StoreError> {
        let key = [brand.to_owned(), source.to_owned(), id.to_owned()];
        self.read(move |connection| {
            let mut select = connection.prepare_cached(parked::ONE)?;
            let mut rows = select.query(key)?;
            rows.next()?.map(parked_row).transpose()
        })
        .await
    }

    pub async fn park(&self, row: ParkedRow, most: usize) -> Result<Parking, StoreError> {
        self.write(move |connection| {
            let place = params![row.brand, row.source, row.id, row.number, whole(most as u64)];
            let (is_known, waiting) = connection
                .prepare_cached(parked::WAITING)?
                .query_row(place, |found| Ok((found.get(0)?, found.get(1)?)))?;
            let parking = Parking::of(is_known, waiting, most);
            if parking == Parking::New {
                write_parked(connection, &[row])?;
            }
            Ok(parking)
        })
        .await
    }

    pub async fn unpark(&self, brand: &str, source: &str, id: &str, number: u32) -> Result<bool, StoreError> {
        let key = (brand.to_owned(), source.to_owned(), id.to_owned());
        self.write(move |connection| {
            Ok(connection.execute(parked::DEALT_WITH, params![key.0, key.1, key.2, number])? > 0)
        })
        .await
    }

    pub async fn due_members(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(String, String, Timestamp)>, StoreError> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT brand, id, next_due_at FROM member WHERE next_due_at <= ?1 ORDER BY next_due_at, brand, id LIMIT ?2",
            )?;
            let rows = select.query_map(params![to_micros(now), whole(limit as u64)], |row| {
                Ok((row.get(0)?, row.get(1)?, from_micros(row.get(2)?)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn born_on(&self, brand: &str, day: &str, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let (brand, day, after) = (brand.to_owned(), day.to_owned(), after.to_owned());
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT member FROM person WHERE brand = ?1 AND substr(json_extract(facts, '$.birthday'), 6) = ?2 \
                 AND json_extract(facts, '$.birthday') IS NOT NULL AND member > ?3 ORDER BY member LIMIT ?4",
            )?;
            let rows = select.query_map(params![brand, day, after, whole(limit as u64)], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

fn parked_row(row: &rusqlite::Row<'_>) -> Result<ParkedRow, StoreError> {
    Ok(ParkedRow {
        brand: row.get(0)?,
        source: row.get(1)?,
        id: row.get(2)?,
        number: row.get(3)?,
        member: row.get(4)?,
        reason: row.get(5)?,
        content: serde_json::from_str(&row.get::<_, String>(6)?)?,
        recorded_at: from_micros(row.get(7)?),
    })
}

/// Writes the changes of a batch. Raced when somebody else changed a count that was looked at.
pub(super) fn write_counts(connection: &Connection, rows: &[CountRow]) -> Result<(), StoreError> {
    let mut near = Vec::new();
    for row in rows {
        let written = !row.is_in_vain() && write_count(connection, row)?;
        match row.change.at_most {
            _ if written => {}
            Some(_) => near.push(row.place()),
            None => return Err(StoreError::Raced(row.key.clone())),
        }
    }
    if near.is_empty() { Ok(()) } else { Err(StoreError::Near(near)) }
}

fn write_count(connection: &Connection, row: &CountRow) -> Result<bool, StoreError> {
    let Change { by, at_most, .. } = row.change;
    let (offer, offers) = (row.change.offer.clone().flatten(), row.change.offer.is_some());
    let written = match row.seen {
        Some(0) | None => connection
            .prepare_cached(
                "INSERT INTO shared (brand, key, used, offer) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (brand, key) DO UPDATE \
                 SET used = shared.used + ?3, offer = CASE WHEN ?5 THEN ?4 ELSE shared.offer END, \
                 version = shared.version + 1 WHERE ?6 AND (?7 IS NULL OR shared.used <= ?7)",
            )?
            .execute(params![row.brand, row.key, by, offer, offers, row.seen.is_none(), at_most])?,
        Some(seen) => connection
            .prepare_cached(
                "UPDATE shared SET used = used + ?3, offer = CASE WHEN ?5 THEN ?4 ELSE offer END, version = version + 1 \
                 WHERE brand = ?1 AND key = ?2 AND version = ?6 AND (?7 IS NULL OR used <= ?7)",
            )?
            .execute(params![row.brand, row.key, by, offer, offers, seen, at_most])?,
    };
    Ok(written == 1)
}

pub(super) fn write_unparked(connection: &Connection, names: &[ParkedName]) -> Result<(), StoreError> {
    for name in names {
        connection.prepare_cached(parked::SETTLED)?.execute(params![name.brand, name.source, name.id])?;
    }
    Ok(())
}

/// Those that are there already stay as they are.
pub(super) fn write_parked(connection: &Connection, rows: &[ParkedRow]) -> Result<(), StoreError> {
    for row in rows {
        connection
            .prepare_cached(
                "INSERT INTO parked (brand, source, id, number, member, reason, content, recorded_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                row.brand,
                row.source,
                row.id,
                row.number,
                row.member,
                row.reason,
                row.content.to_string(),
                to_micros(row.recorded_at)
            ])?;
    }
    Ok(())
}
