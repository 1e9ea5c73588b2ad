//! Statements, events and members as people ask for them, in SQLite.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Sqlite, find, whole};
use crate::{
    clock::from_micros,
    loyalty::{Event, Fact, entry::Entry, intent::Intent},
    store::{
        EventSummary, StatementRow, StoreError, StoredEvent,
        reads::{DELIVERIES, INTENTS},
    },
};

impl Sqlite {
    pub async fn statement_rows(
        &self,
        brand: &str,
        member: &str,
        cursor: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StatementRow>, StoreError> {
        let (brand, member) = (brand.to_owned(), member.to_owned());
        self.read(move |connection| {
            let before = cursor.map_or(i64::MAX, whole);
            let mut select = connection.prepare_cached(
                "SELECT version, occurred_at, data ->> '$.reason', entries, CASE type WHEN 'adjustment' THEN data ->> '$.by' END, \
                 CASE type WHEN 'adjustment' THEN data ->> '$.agreed' END FROM event \
                 WHERE brand = ?1 AND member = ?2 AND version < ?3 AND entries <> '[]' ORDER BY version DESC",
            )?;
            let mut rows = select.query(params![brand, member, before])?;
            let mut statement: Vec<StatementRow> = Vec::new();
            while statement.len() < limit
                && let Some(row) = rows.next()?
            {
                let (version, occurred_at) = (row.get(0)?, from_micros(row.get(1)?));
                let (reason, by, agreed): (Option<String>, Option<String>, Option<String>) =
                    (row.get(2)?, row.get(4)?, row.get(5)?);
                let entries: Vec<Entry> = serde_json::from_str(&row.get::<_, String>(3)?)?;
                let lines = entries.into_iter().rev();
                statement.extend(lines.map(|entry| StatementRow {
                    entry,
                    version,
                    occurred_at,
                    reason: reason.clone(),
                    by: by.clone(),
                    agreed: agreed.clone(),
                }));
            }
            Ok(statement)
        })
        .await
    }

    pub async fn event(&self, brand: &str, source: &str, id: &str) -> Result<Option<StoredEvent>, StoreError> {
        let (brand, source, id) = (brand.to_owned(), source.to_owned(), id.to_owned());
        self.read(move |connection| {
            let mut select = connection.prepare_cached(&format!(
                "SELECT {EVENT_COLUMNS} FROM event WHERE brand = ?1 AND source = ?2 AND id = ?3"
            ))?;
            let mut rows = select.query(params![brand, source, id])?;
            rows.next()?.map(stored).transpose()
        })
        .await
    }

    pub async fn events_of(&self, brand: &str, member: &str, kinds: &[&str]) -> Result<Vec<StoredEvent>, StoreError> {
        let (brand, member, kinds) = (brand.to_owned(), member.to_owned(), serde_json::to_string(kinds)?);
        self.read(move |connection| {
            let mut select = connection.prepare_cached(&format!(
                "SELECT {EVENT_COLUMNS} FROM event INDEXED BY event_of_member WHERE brand = ?1 AND member = ?2 \
                 AND type IN (SELECT value FROM json_each(?3)) ORDER BY version DESC"
            ))?;
            let mut rows = select.query(params![brand, member, kinds])?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                events.push(stored(row)?);
            }
            Ok(events)
        })
        .await
    }

    pub async fn tier_after(&self, brand: &str, member: &str, version: u64) -> Result<Option<String>, StoreError> {
        let (brand, member) = (brand.to_owned(), member.to_owned());
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT receipt ->> '$.tier.id' FROM event WHERE brand = ?1 AND member = ?2 AND version = ?3",
            )?;
            Ok(select.query_row(params![brand, member, whole(version)], |row| row.get(0)).optional()?)
        })
        .await
    }

    pub async fn recent_events(&self, brand: &str, limit: usize) -> Result<Vec<EventSummary>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let mut select = connection.prepare_cached(&format!(
                "SELECT {EVENT_COLUMNS} FROM event WHERE +brand = ?1 ORDER BY seq DESC LIMIT ?2"
            ))?;
            let mut rows = select.query(params![brand, whole(limit as u64)])?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                let stored = stored(row)?;
                let deliveries = deliveries(connection, &brand, &stored)?;
                let loaded = find::load(connection, &brand, &stored.member)?;
                let test = loaded.as_ref().is_some_and(|loaded| loaded.member.test);
                let name = loaded.and_then(|loaded| loaded.person.name);
                events.push(EventSummary { stored, name, test, deliveries });
            }
            Ok(events)
        })
        .await
    }

    pub async fn orders_of(
        &self,
        brand: &str,
        member: &str,
        cursor: &str,
        limit: usize,
    ) -> Result<Vec<crate::loyalty::Order>, StoreError> {
        let (brand, member, cursor) = (brand.to_owned(), member.to_owned(), cursor.to_owned());
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT document FROM \"order\" INDEXED BY order_of_member \
                 WHERE brand = ?1 AND member = ?2 AND id > ?3 ORDER BY id LIMIT ?4",
            )?;
            let rows =
                select.query_map(params![brand, member, cursor, whole(limit as u64)], |row| row.get::<_, String>(0))?;
            rows.map(|text| Ok(serde_json::from_str(&text?)?)).collect()
        })
        .await
    }

    pub async fn intents_of(
        &self,
        brand: &str,
        member: &str,
        version: u64,
    ) -> Result<Vec<(Intent, String)>, StoreError> {
        let (brand, member) = (brand.to_owned(), member.to_owned());
        self.read(move |connection| {
            let mut select = connection.prepare_cached(INTENTS)?;
            let mut rows = select.query(params![brand, member, whole(version)])?;
            let mut intents = Vec::new();
            while let Some(row) = rows.next()? {
                let action = serde_json::from_str(&row.get::<_, String>(1)?)?;
                let intent = Intent { id: row.get(0)?, action, valid_until: from_micros(row.get(2)?) };
                intents.push((intent, row.get(3)?));
            }
            Ok(intents)
        })
        .await
    }
}

const EVENT_COLUMNS: &str =
    "version, brand, source, id, type, occurred_at, recorded_at, data, entries, receipt, member, seq";

fn stored(row: &rusqlite::Row<'_>) -> Result<StoredEvent, StoreError> {
    let text = |index: usize| row.get::<_, String>(index);
    let fact = Fact::parse(&text(4)?, &text(7)?)?;
    let occurred_at = from_micros(row.get(5)?);
    let event = Event { brand: text(1)?, source: text(2)?, id: text(3)?, occurred_at, fact };
    let (member, recorded_at) = ((text(10)?, row.get(0)?), from_micros(row.get(6)?));
    Ok(StoredEvent::read(event, member, recorded_at, (&text(8)?, &text(9)?))?)
}

/// Events of one member with `after < version <= until`, at most 201, oldest first.
pub(super) fn events_between(
    connection: &Connection,
    brand: &str,
    member: &str,
    after: u64,
    until: u64,
) -> Result<Vec<StoredEvent>, StoreError> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT {EVENT_COLUMNS} FROM event WHERE brand = ?1 AND member = ?2 AND version > ?3 AND version <= ?4 \
         ORDER BY version LIMIT 201"
    ))?;
    let mut rows = select.query(params![brand, member, whole(after), whole(until)])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(stored(row)?);
    }
    Ok(events)
}

fn deliveries(connection: &Connection, brand: &str, event: &StoredEvent) -> Result<Vec<(String, String)>, StoreError> {
    let mut select = connection.prepare_cached(DELIVERIES)?;
    let rows = select.query_map(params![event.version, brand, event.member], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
