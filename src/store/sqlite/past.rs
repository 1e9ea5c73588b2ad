//! How things stood, in SQLite.

use rusqlite::{Connection, OptionalExtension, Params, params};
use serde::Deserialize;
use serde_json::Value;

use super::{Sqlite, whole};
use crate::{
    loyalty::Member,
    store::{
        EventRow, StoreError,
        past::{LAST_OF_ORDER, Moment},
    },
    values::changes,
};

/// The columns that [`rows`] reads, in its order.
const ROWS: &str = "SELECT brand, member, version, source, id, type, occurred_at, recorded_at, data, hash, order_id, given, \
    entries, changes, receipt, chain FROM event WHERE brand = ?1 AND member = ?2";

impl Sqlite {
    pub async fn moment(&self, brand: &str, member: &str, version: u64) -> Result<Option<Moment>, StoreError> {
        let (brand, member) = (brand.to_owned(), member.to_owned());
        self.read(move |connection| {
            let one = rows(connection, "AND version = ?3", params![brand, member, whole(version)])?;
            let Some(row) = one.into_iter().next() else { return Ok(None) };
            let before = match version.checked_sub(1) {
                None | Some(0) => None,
                Some(before) => rebuilt(connection, &brand, &member, Some(before))?.map(|(member, _)| member),
            };
            let of_order = match &row.order_id {
                None => Vec::new(),
                Some(order) => {
                    let earlier = "AND version < ?3 AND order_id = ?4 ORDER BY version";
                    rows(connection, earlier, params![brand, member, whole(version), order])?
                }
            };
            Ok(Some(Moment { row, before, of_order }))
        })
        .await
    }

    pub async fn last_of_order(
        &self,
        brand: &str,
        member: &str,
        order: &str,
        before: u64,
    ) -> Result<Option<u64>, StoreError> {
        let (brand, member, order) = (brand.to_owned(), member.to_owned(), order.to_owned());
        self.read(move |connection| {
            let mut select = connection.prepare_cached(LAST_OF_ORDER)?;
            Ok(select.query_row(params![brand, member, order, whole(before)], |row| row.get(0))?)
        })
        .await
    }

    pub async fn member_at(&self, brand: &str, member: &str, version: u64) -> Result<Option<Member>, StoreError> {
        let (brand, member) = (brand.to_owned(), member.to_owned());
        self.read(move |connection| Ok(rebuilt(connection, &brand, &member, Some(version))?.map(|(member, _)| member)))
            .await
    }
}

/// Rows of a member's stream.
pub(super) fn rows(connection: &Connection, which: &str, key: impl Params) -> Result<Vec<EventRow>, StoreError> {
    let mut select = connection.prepare_cached(&format!("{ROWS} {which}"))?;
    let rows = select.query_map(key, |row| {
        Ok(EventRow {
            brand: row.get(0)?,
            member: row.get(1)?,
            version: row.get(2)?,
            source: row.get(3)?,
            id: row.get(4)?,
            kind: row.get(5)?,
            occurred_at: row.get(6)?,
            recorded_at: row.get(7)?,
            data: row.get(8)?,
            hash: row.get(9)?,
            order_id: row.get(10)?,
            given: row.get(11)?,
            entries: row.get(12)?,
            changes: row.get(13)?,
            receipt: row.get(14)?,
            chain: row.get(15)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A version that is never reached.
const NOW: i64 = i64::MAX;

/// The document as of version `at` (the newest when `None`), and the events that were read on top of the snapshot.
pub(super) fn rebuilt(
    connection: &Connection,
    brand: &str,
    id: &str,
    at: Option<u64>,
) -> Result<Option<(Member, u32)>, StoreError> {
    let at = at.map_or(NOW, whole);
    let newest = "SELECT version, document FROM member WHERE brand = ?1 AND id = ?2 AND version <= ?3";
    let kept = "SELECT version, document FROM snapshot WHERE brand = ?1 AND member = ?2 AND version <= ?3 \
                ORDER BY block DESC LIMIT 1";
    let mut snapshot: Option<(i64, String)> = None;
    for select in [newest, kept].into_iter().take(if at == NOW { 1 } else { 2 }) {
        if snapshot.is_none() {
            let mut select = connection.prepare_cached(select)?;
            snapshot = select.query_row(params![brand, id, at], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        }
    }
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
