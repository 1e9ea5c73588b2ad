//! Look-ups of the writer in SQLite, row by row through prepared statements.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::Value;

use super::Sqlite;
use crate::{
    loyalty::{Member, Order, changes},
    store::{
        Person, StoreError,
        find::{Found, Known, Loaded, Question},
    },
};

impl Sqlite {
    pub async fn find(&self, questions: Vec<Question>) -> Result<Vec<Found>, StoreError> {
        self.look_up(questions, find).await
    }

    pub async fn load(&self, members: Vec<(String, String)>) -> Result<Vec<Option<Loaded>>, StoreError> {
        self.look_up(members, |connection, (brand, id)| load(connection, brand, id)).await
    }

    pub async fn member(&self, brand: &str, id: &str) -> Result<Option<Loaded>, StoreError> {
        let (brand, id) = (brand.to_owned(), id.to_owned());
        self.read(move |connection| load(connection, &brand, &id)).await
    }

    pub async fn owner(&self, brand: &str, kind: &'static str, hash: String) -> Result<Option<String>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| owner(connection, &brand, kind, &hash)).await
    }

    pub async fn order(&self, brand: &str, id: &str) -> Result<Option<Order>, StoreError> {
        let (brand, id) = (brand.to_owned(), id.to_owned());
        self.read(move |connection| order(connection, &brand, &id)).await
    }
}

fn find(connection: &Connection, question: &Question) -> Result<Found, StoreError> {
    let brand = &question.brand;
    let order = question.order_id.as_ref().map(|id| order(connection, brand, id)).transpose()?.flatten();
    let is_news = question.order_id.is_some() && question.is_news_for(order.as_ref());
    let known = if is_news { None } else { known(connection, question)? };
    let owners = question.identities.iter().map(|(kind, hash)| owner(connection, brand, kind, hash));
    Ok(Found { known, order: order.map(Arc::new), owners: owners.collect::<Result<_, _>>()? })
}

fn known(connection: &Connection, Question { brand, source, id, .. }: &Question) -> Result<Option<Known>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT member, hash, order_id, entries, receipt FROM event WHERE brand = ?1 AND source = ?2 AND id = ?3",
    )?;
    let mut rows = select.query(params![brand, source, id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let text = |index: usize| row.get::<_, String>(index);
    let order: Option<String> = row.get(2)?;
    Ok(Some(Known::read((id, order.as_deref()), (text(0)?, text(1)?), (&text(3)?, &text(4)?))?))
}

fn owner(connection: &Connection, brand: &str, kind: &str, hash: &str) -> Result<Option<String>, StoreError> {
    let mut select =
        connection.prepare_cached("SELECT member FROM identity WHERE brand = ?1 AND kind = ?2 AND hash = ?3")?;
    Ok(select.query_row(params![brand, kind, hash], |row| row.get(0)).optional()?)
}

fn order(connection: &Connection, brand: &str, id: &str) -> Result<Option<Order>, StoreError> {
    let mut select = connection.prepare_cached("SELECT document FROM \"order\" WHERE brand = ?1 AND id = ?2")?;
    let document: Option<String> = select.query_row(params![brand, id], |row| row.get(0)).optional()?;
    Ok(document.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// Snapshot plus the recorded changes of the events after it. It never decides.
pub(super) fn load(connection: &Connection, brand: &str, id: &str) -> Result<Option<Loaded>, StoreError> {
    let Some((member, behind)) = rebuilt(connection, brand, id, None)? else { return Ok(None) };
    let person = connection
        .prepare_cached("SELECT key, facts FROM person WHERE brand = ?1 AND member = ?2")?
        .query_row(params![brand, id], |row| Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    let (key, person) = match person {
        Some((key, facts)) => (Some(key), serde_json::from_str(&facts)?),
        None => (None, Person::default()),
    };
    Ok(Some(Loaded { member, key, person, behind }))
}

/// The document as of version `at` (the newest when `None`), and the events that were read on top of the snapshot.
pub(super) fn rebuilt(
    connection: &Connection,
    brand: &str,
    id: &str,
    at: Option<u64>,
) -> Result<Option<(Member, u32)>, StoreError> {
    let at = at.unwrap_or(i64::MAX as u64);
    let snapshot: Option<(u64, String)> = connection
        .prepare_cached("SELECT version, document FROM member WHERE brand = ?1 AND id = ?2 AND version <= ?3")?
        .query_row(params![brand, id, at], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let after = snapshot.as_ref().map_or(0, |(version, _)| *version);
    let mut select = connection.prepare_cached(
        "SELECT changes, chain FROM event WHERE brand = ?1 AND member = ?2 AND version > ?3 AND version <= ?4 ORDER BY version",
    )?;
    let mut rows = select.query(params![brand, id, after, at])?;
    let mut row = rows.next()?;
    if row.is_none() {
        let Some((_, text)) = snapshot else { return Ok(None) };
        return Ok(Some((serde_json::from_str(&text)?, 0)));
    }
    let mut behind = 0;
    let mut document: Value = snapshot.map(|(_, text)| serde_json::from_str(&text)).transpose()?.unwrap_or_default();
    while let Some(event) = row {
        let recorded: Recorded = serde_json::from_str(event.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
        changes::apply(&mut document, &recorded.member);
        document["head"] = Value::from(event.get::<_, String>(1)?);
        row = rows.next()?;
        behind += 1;
    }
    Ok(Some((serde_json::from_value(document)?, behind)))
}

/// What an event changed in its member's document; the order's part is not read.
#[derive(Deserialize)]
struct Recorded {
    member: Value,
}
