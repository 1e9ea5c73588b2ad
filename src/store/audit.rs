//! The whole ledger, member by member, for checks that read everything.

use rusqlite::{Connection, params};

use super::{EventRow, Store, StoreError, find};
use crate::loyalty::{Member, Order};

/// One member's whole stream with the documents that are kept.
#[derive(Debug)]
pub struct Stream {
    pub brand: String,
    pub member: String,
    pub rows: Vec<EventRow>,
    /// The document as reads see it: snapshot plus recorded changes.
    pub document: Option<Member>,
    pub orders: Vec<Order>,
}

impl Store {
    /// Members by brand.
    pub async fn members(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let Self::Sqlite(db) = self;
        db.read(|connection| {
            let mut select = connection.prepare_cached("SELECT brand, COUNT(*) FROM person GROUP BY brand")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// `(brand, member)` of every member with events, in order.
    pub async fn streams(&self) -> Result<Vec<(String, String)>, StoreError> {
        let Self::Sqlite(db) = self;
        db.read(|connection| {
            let mut select =
                connection.prepare("SELECT brand, member FROM event WHERE version = 1 ORDER BY brand, member")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Everything the ledger keeps of one member, in one consistent read.
    pub async fn stream(&self, brand: &str, member: &str) -> Result<Stream, StoreError> {
        let streams = self.streams_of(vec![(brand.to_owned(), member.to_owned())]).await?;
        streams.into_iter().next().ok_or(StoreError::Closed)
    }

    /// The same of several members, each consistent in itself.
    pub async fn streams_of(&self, members: Vec<(String, String)>) -> Result<Vec<Stream>, StoreError> {
        let Self::Sqlite(db) = self;
        db.read(move |connection| {
            members.into_iter().map(|(brand, member)| stream(connection, brand, member)).collect()
        })
        .await
    }
}

fn stream(connection: &Connection, brand: String, member: String) -> Result<Stream, StoreError> {
    let snapshot = connection.unchecked_transaction()?;
    let rows = {
        let mut select = snapshot.prepare_cached(
            "SELECT version, source, id, type, occurred_at, recorded_at, data, hash, order_id, given, entries, changes, \
             receipt, chain FROM event WHERE brand = ?1 AND member = ?2 ORDER BY version",
        )?;
        let rows = select.query_map(params![brand, member], |row| {
            Ok(EventRow {
                brand: brand.clone(),
                member: member.clone(),
                version: row.get(0)?,
                source: row.get(1)?,
                id: row.get(2)?,
                kind: row.get(3)?,
                occurred_at: row.get(4)?,
                recorded_at: row.get(5)?,
                data: row.get(6)?,
                hash: row.get(7)?,
                order_id: row.get(8)?,
                given: row.get(9)?,
                entries: row.get(10)?,
                changes: row.get(11)?,
                receipt: row.get(12)?,
                chain: row.get(13)?,
            })
        })?;
        rows.collect::<Result<Vec<_>, _>>()?
    };
    let document = find::load(&snapshot, &brand, &member)?.map(|loaded| loaded.member);
    let orders = {
        let mut select = snapshot.prepare_cached(
            "SELECT document FROM \"order\" INDEXED BY order_of_member WHERE brand = ?1 AND member = ?2 ORDER BY id",
        )?;
        let texts = select.query_map(params![brand, member], |row| row.get::<_, String>(0))?;
        texts.map(|text| Ok(serde_json::from_str(&text?)?)).collect::<Result<Vec<_>, StoreError>>()?
    };
    drop(snapshot);
    Ok(Stream { brand, member, rows, document, orders })
}

/// The newest row of one member's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub member: String,
    pub version: u64,
    pub chain: String,
}

impl Store {
    /// The position of a brand's last event; 0 when there is none.
    pub async fn last_event(&self, brand: &str) -> Result<u64, StoreError> {
        let Self::Sqlite(db) = self;
        let brand = brand.to_owned();
        db.read(move |connection| {
            let select = "SELECT COALESCE(MAX(seq), 0) FROM event WHERE brand = ?1";
            Ok(connection.query_row(select, [brand], |row| row.get(0))?)
        })
        .await
    }

    /// The head of every member as it was after the event at position `until`, in order of member.
    pub async fn heads(&self, brand: &str, until: u64) -> Result<Vec<Head>, StoreError> {
        let Self::Sqlite(db) = self;
        let brand = brand.to_owned();
        db.read(move |connection| {
            let mut select = connection.prepare(
                "SELECT member, MAX(version), chain FROM event WHERE brand = ?1 AND seq <= ?2 GROUP BY member ORDER BY member",
            )?;
            let rows = select.query_map(params![brand, until], |row| {
                Ok(Head { member: row.get(0)?, version: row.get(1)?, chain: row.get(2)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
