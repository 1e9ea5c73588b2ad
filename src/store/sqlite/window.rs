//! A window of the ledger in SQLite. Rows stand in the file as they were recorded, so its beginning is found by halving.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    Sqlite,
    past::{rebuilt, rows},
};
use crate::{
    loyalty::{Member, Order},
    store::{
        StoreError,
        window::{
            ADDED, BY_RULE, Content, FIRST_OF_ORDER, Gathering, LOOKED, Marks, Query, Read, add_given, order_before,
        },
    },
};

/// A clock may have gone back by so much between two rows.
const BACK: i64 = 3_600 * 1_000_000;

impl Sqlite {
    pub async fn marks(&self, query: Query) -> Result<Marks, StoreError> {
        self.read(move |connection| {
            let first = first_since(connection, query.from.saturating_sub(BACK))?;
            let mut select = connection.prepare(
                "SELECT seq, member, version, type, id, recorded_at, order_id, substr(changes, -?6) = ?5, \
                 CASE WHEN instr(given, ?8) > 0 OR instr(given, ?9) > 0 THEN given END, CASE WHEN type = ?7 THEN data END \
                 FROM event WHERE seq >= ?1 AND +brand = ?2 AND recorded_at >= ?3 AND recorded_at < ?4 ORDER BY seq",
            )?;
            let (brand, code_of, ends) = (query.brand.clone(), query.code_of, FIRST_OF_ORDER.len());
            let key = params![first, brand, query.from, query.until, FIRST_OF_ORDER, ends, code_of, LOOKED, ADDED];
            let mut rows = select.query(key)?;
            let mut gathering = Gathering::of(query);
            while let Some(row) = rows.next()? {
                let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
                let may_be = |column: usize| row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from);
                gathering.add(&Read {
                    seq: row.get(0)?,
                    member: text(1)?,
                    version: row.get(2)?,
                    kind: text(3)?,
                    id: text(4)?,
                    recorded_at: row.get(5)?,
                    order: may_be(6)?,
                    is_first: row.get(7)?,
                    given: may_be(8)?,
                    data: may_be(9)?,
                })?;
            }
            Ok(gathering.done())
        })
        .await
    }

    pub async fn given_by_rules(
        &self,
        brand: &str,
        from: i64,
        until: i64,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let first = first_since(connection, from.saturating_sub(BACK))?;
            let mut select = connection.prepare(
                "SELECT entries FROM event WHERE seq >= ?1 AND +brand = ?2 AND recorded_at >= ?3 AND recorded_at < ?4 \
                 AND instr(entries, ?5) > 0",
            )?;
            let mut rows = select.query(params![first, brand, from, until, BY_RULE])?;
            let mut given = BTreeMap::new();
            while let Some(row) = rows.next()? {
                add_given(&mut given, row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
            }
            Ok(given)
        })
        .await
    }

    pub async fn contents(&self, brand: &str, at: Vec<(i64, String, u64)>) -> Result<Vec<Content>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let select = "SELECT source, id, type, occurred_at, data FROM event WHERE seq = ?1 AND brand = ?2";
            let mut select = connection.prepare_cached(select)?;
            let contents = at.iter().map(|(seq, ..)| {
                Ok(select.query_row(params![seq, brand], |row| {
                    let (source, id, kind) = (row.get(0)?, row.get(1)?, row.get(2)?);
                    Ok(Content { source, id, kind, occurred_at: row.get(3)?, data: row.get(4)? })
                })?)
            });
            contents.collect()
        })
        .await
    }

    pub async fn members_at(&self, brand: &str, at: Vec<(String, u64)>) -> Result<Vec<Option<Member>>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let members = at
                .iter()
                .map(|(id, version)| Ok(rebuilt(connection, &brand, id, Some(*version))?.map(|(member, _)| member)));
            members.collect()
        })
        .await
    }

    pub async fn versions_before(
        &self,
        brand: &str,
        members: Vec<String>,
        at: i64,
    ) -> Result<Vec<Option<u64>>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT version FROM event WHERE brand = ?1 AND member = ?2 AND recorded_at < ?3 ORDER BY version DESC LIMIT 1",
            )?;
            let versions =
                members.iter().map(|member| Ok(select.query_row(params![brand, member, at], |row| row.get(0)).optional()?));
            versions.collect()
        })
        .await
    }

    pub async fn orders_at(
        &self,
        brand: &str,
        at: Vec<(String, String, u64)>,
    ) -> Result<Vec<Option<Order>>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let orders = at.iter().map(|(order, member, version)| {
                let about = "AND version <= ?3 AND order_id = ?4 ORDER BY version";
                Ok(order_before(&rows(connection, about, params![brand, member, version, order])?)?)
            });
            orders.collect()
        })
        .await
    }
}

/// The first row in the file that was recorded then or later, where clocks never went back.
fn first_since(connection: &Connection, at: i64) -> Result<i64, StoreError> {
    let ends = "SELECT COALESCE(MIN(seq), 0), COALESCE(MAX(seq), -1) FROM event";
    let (mut first, mut last): (i64, i64) = connection.query_row(ends, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut next = connection.prepare("SELECT recorded_at FROM event WHERE seq >= ?1 ORDER BY seq LIMIT 1")?;
    while first <= last {
        let middle = first + (last - first) / 2;
        let recorded: Option<i64> = next.query_row([middle], |row| row.get(0)).optional()?;
        if recorded.is_some_and(|recorded| recorded < at) {
            first = middle + 1;
        } else {
            last = middle - 1;
        }
    }
    Ok(first)
}
