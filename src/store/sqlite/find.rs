//! Look-ups of the writer in SQLite, row by row through prepared statements.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::{Sqlite, past};
use crate::{
    loyalty::Order,
    store::{
        StoreError,
        find::{Found, Known, Loaded, Question},
    },
    values::person::Person,
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
    let Some((member, behind)) = past::rebuilt(connection, brand, id, None)? else { return Ok(None) };
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
