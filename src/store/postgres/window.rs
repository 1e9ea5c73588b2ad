//! A window of the ledger in PostgreSQL.

use std::collections::BTreeMap;

use futures_util::{TryStreamExt, pin_mut};
use tokio_postgres::Row;

use super::{Postgres, audit::event, count, whole};
use crate::{
    loyalty::{Member, Order},
    store::{
        EventRow, StoreError,
        window::{
            ADDED, BY_RULE, Content, FIRST_OF_ORDER, Gathering, LOOKED, Marks, Query, Read, add_given, order_before,
        },
    },
};

const MARKS: &str = "SELECT member, version, type, id, recorded_at, order_id, right(changes, $4) = $5, \
    CASE WHEN strpos(given, $7) > 0 OR strpos(given, $8) > 0 THEN given END, CASE WHEN type = $6 THEN data END \
    FROM event WHERE brand = $1 AND recorded_at >= $2 AND recorded_at < $3 ORDER BY recorded_at";

const GIVEN: &str = "SELECT entries FROM event WHERE brand = $1 AND recorded_at >= $2 AND recorded_at < $3 \
    AND strpos(entries, $4) > 0";

const CONTENTS: &str = "SELECT e.source, e.id, e.type, e.occurred_at, e.data \
    FROM unnest($2::text[], $3::bigint[]) WITH ORDINALITY AS q(member, version, n) \
    JOIN event e ON e.brand = $1 AND e.member = q.member AND e.version = q.version ORDER BY q.n";

const BEFORE: &str = "SELECT (SELECT e.version FROM event e WHERE e.brand = $1 AND e.member = q.member AND e.recorded_at < $3 \
    ORDER BY e.version DESC LIMIT 1) FROM unnest($2::text[]) WITH ORDINALITY AS q(member, n) ORDER BY q.n";

const OF_ORDER: &str = "SELECT version, source, id, type, occurred_at, recorded_at, data, hash, order_id, given, entries, \
    changes, receipt, chain FROM event WHERE brand = $1 AND member = $2 AND version <= $3 AND order_id = $4 ORDER BY version";

impl Postgres {
    pub async fn marks(&self, query: Query) -> Result<Marks, StoreError> {
        let mut gathering = Gathering::of(query.clone());
        let ends = i32::try_from(FIRST_OF_ORDER.len()).unwrap_or(0);
        let read = self.connections.ask_unhurried(async |client| {
            let transaction = client.transaction().await?;
            transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
            let select = transaction.prepare_cached(MARKS).await?;
            let key: [&(dyn tokio_postgres::types::ToSql + Sync); 8] =
                [&query.brand, &query.from, &query.until, &ends, &FIRST_OF_ORDER, &query.code_of, &LOOKED, &ADDED];
            let rows = transaction.query_raw(&select, key).await?;
            pin_mut!(rows);
            while let Some(row) = rows.try_next().await? {
                mark(&mut gathering, &row)?;
            }
            Ok(()) // nothing was written: there is nothing to commit
        });
        read.await?;
        Ok(gathering.done())
    }

    pub async fn given_by_rules(
        &self,
        brand: &str,
        from: i64,
        until: i64,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        let mut given = BTreeMap::new();
        let read = self.connections.ask_unhurried(async |client| {
            let transaction = client.transaction().await?;
            transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
            let select = transaction.prepare_cached(GIVEN).await?;
            let key: [&(dyn tokio_postgres::types::ToSql + Sync); 4] = [&brand, &from, &until, &BY_RULE];
            let rows = transaction.query_raw(&select, key).await?;
            pin_mut!(rows);
            while let Some(row) = rows.try_next().await? {
                add_given(&mut given, row.try_get(0)?)?;
            }
            Ok(()) // nothing was written: there is nothing to commit
        });
        read.await?;
        Ok(given)
    }

    pub async fn contents(&self, brand: &str, at: Vec<(i64, String, u64)>) -> Result<Vec<Content>, StoreError> {
        let (members, versions): (Vec<String>, Vec<i64>) =
            at.into_iter().map(|(_, member, version)| (member, whole(version))).unzip();
        let rows = self.unhurried(CONTENTS, &[&brand, &members, &versions]).await?;
        let contents = rows.iter().map(|row| {
            let (source, id, kind) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            Ok(Content { source, id, kind, occurred_at: row.try_get(3)?, data: row.try_get(4)? })
        });
        contents.collect()
    }

    pub async fn members_at(&self, brand: &str, at: Vec<(String, u64)>) -> Result<Vec<Option<Member>>, StoreError> {
        let mut members = Vec::with_capacity(at.len());
        for (id, version) in at {
            members.push(self.member_at(brand, &id, version).await?);
        }
        Ok(members)
    }

    pub async fn versions_before(
        &self,
        brand: &str,
        members: Vec<String>,
        at: i64,
    ) -> Result<Vec<Option<u64>>, StoreError> {
        let rows = self.unhurried(BEFORE, &[&brand, &members, &at]).await?;
        let version = |row: &Row| Ok(row.try_get::<_, Option<i64>>(0)?.and_then(|version| u64::try_from(version).ok()));
        rows.iter().map(version).collect()
    }

    pub async fn orders_at(
        &self,
        brand: &str,
        at: Vec<(String, String, u64)>,
    ) -> Result<Vec<Option<Order>>, StoreError> {
        let mut orders = Vec::with_capacity(at.len());
        for (order, member, version) in at {
            let rows = self.unhurried(OF_ORDER, &[&brand, &member, &whole(version), &order]).await?;
            let rows: Vec<EventRow> = rows.iter().map(|row| event(row, brand, &member)).collect::<Result<_, _>>()?;
            orders.push(order_before(&rows)?);
        }
        Ok(orders)
    }
}

fn mark(gathering: &mut Gathering, row: &Row) -> Result<(), StoreError> {
    Ok(gathering.add(&Read {
        seq: 0,
        member: row.try_get(0)?,
        version: count(row, 1)?,
        kind: row.try_get(2)?,
        id: row.try_get(3)?,
        recorded_at: row.try_get(4)?,
        order: row.try_get(5)?,
        is_first: row.try_get::<_, Option<bool>>(6)?.unwrap_or(false),
        given: row.try_get(7)?,
        data: row.try_get(8)?,
    })?)
}
