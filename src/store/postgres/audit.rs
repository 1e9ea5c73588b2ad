//! The whole ledger in PostgreSQL, member by member. A position in it is an instant: events recorded until then.

use deadpool_postgres::Client;
use tokio::time::timeout;
use tokio_postgres::{IsolationLevel, Row};

use super::{Postgres, UNHURRIED, count, find, whole};
use crate::store::{
    EventRow, StoreError,
    audit::{Head, Stream},
};

/// Connectors commit side by side, so the newest events may still be joined by older ones. After this long they are not:
/// every statement of a commit and every pause in it is bounded far below, and clocks agree within minutes.
const SETTLED: i64 = 10 * 60 * 1_000_000;

const STREAM: &str = "SELECT version, source, id, type, occurred_at, recorded_at, data, hash, order_id, given, entries, \
    changes, receipt, chain FROM event WHERE brand = $1 AND member = $2 ORDER BY version";

/// In the order of the bytes of a member's id, whatever the database's language.
const HEADS: &str = "SELECT DISTINCT ON (member) member, version, chain FROM event \
    WHERE brand = $1 AND recorded_at <= $2 ORDER BY member, version DESC";

impl Postgres {
    pub async fn streams(&self) -> Result<Vec<(String, String)>, StoreError> {
        let rows =
            self.unhurried("SELECT brand, member FROM event WHERE version = 1 ORDER BY brand, member", &[]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    pub async fn streams_of(&self, members: Vec<(String, String)>) -> Result<Vec<Stream>, StoreError> {
        let mut streams = Vec::with_capacity(members.len());
        for (brand, member) in members {
            streams.push(self.stream(&brand, &member).await?);
        }
        Ok(streams)
    }

    /// Members of each brand.
    pub async fn members(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = self.unhurried("SELECT brand, COUNT(*) FROM person GROUP BY brand", &[]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, count(row, 1)?))).collect()
    }

    async fn stream(&self, brand: &str, member: &str) -> Result<Stream, StoreError> {
        let mut client = self.client().await?;
        let read = timeout(UNHURRIED, stream(&mut client, brand, member)).await;
        self.given_back(client, read, UNHURRIED)
    }

    pub async fn place_of_event(
        &self,
        brand: &str,
        source: &str,
        id: &str,
    ) -> Result<Option<(String, u64)>, StoreError> {
        let select = "SELECT member, version FROM event WHERE brand = $1 AND source = $2 AND id = $3";
        let row = self.row(select, &[&brand, &source, &id]).await?;
        row.map(|row| Ok((row.try_get(0)?, count(&row, 1)?))).transpose()
    }

    /// An event whose entries hold this text.
    pub async fn place_of(&self, brand: &str, part: String) -> Result<Option<(String, u64)>, StoreError> {
        let select = "SELECT member, version FROM event WHERE brand = $1 AND strpos(entries, $2) > 0 LIMIT 1";
        let rows = self.unhurried(select, &[&brand, &part]).await?;
        rows.first().map(|row| Ok((row.try_get(0)?, count(row, 1)?))).transpose()
    }

    pub async fn newest_recorded(&self, brand: &str) -> Result<Option<i64>, StoreError> {
        let row = self.row("SELECT MAX(recorded_at) FROM event WHERE brand = $1", &[&brand]).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.flatten())
    }

    pub async fn last_event(&self, brand: &str) -> Result<u64, StoreError> {
        let select = "SELECT LEAST(COALESCE(MAX(recorded_at), 0), \
             (EXTRACT(EPOCH FROM now()) * 1000000)::bigint - $2) FROM event WHERE brand = $1";
        let row = self.row(select, &[&brand, &SETTLED]).await?;
        Ok(row.map(|row| count(&row, 0)).transpose()?.unwrap_or(0))
    }

    pub async fn heads(&self, brand: &str, until: u64) -> Result<Vec<Head>, StoreError> {
        let rows = self.unhurried(HEADS, &[&brand, &whole(until)]).await?;
        let heads = rows
            .iter()
            .map(|row| Ok(Head { member: row.try_get(0)?, version: count(row, 1)?, chain: row.try_get(2)? }));
        heads.collect()
    }
}

async fn stream(client: &mut Client, brand: &str, member: &str) -> Result<Stream, StoreError> {
    let snapshot =
        client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
    let found = snapshot.query(&snapshot.prepare_cached(STREAM).await?, &[&brand, &member]).await?;
    let select = "SELECT document FROM \"order\" WHERE brand = $1 AND member = $2 ORDER BY id";
    let orders = snapshot.query(&snapshot.prepare_cached(select).await?, &[&brand, &member]).await?;
    let key = [(brand.to_owned(), member.to_owned())];
    let loaded = find::load(&snapshot, &key).await?.pop().flatten();
    let (document, person) = loaded.map(|loaded| (loaded.member, loaded.person)).unzip();
    snapshot.commit().await?;
    let orders = orders.iter().map(|row| Ok(serde_json::from_str(row.try_get(0)?)?));
    Ok(Stream {
        brand: brand.to_owned(),
        member: member.to_owned(),
        rows: found.iter().map(|row| event(row, brand, member)).collect::<Result<_, _>>()?,
        document,
        person: person.unwrap_or_default(),
        orders: orders.collect::<Result<_, StoreError>>()?,
    })
}

pub(super) fn event(row: &Row, brand: &str, member: &str) -> Result<EventRow, tokio_postgres::Error> {
    Ok(EventRow {
        brand: brand.to_owned(),
        member: member.to_owned(),
        version: count(row, 0)?,
        source: row.try_get(1)?,
        id: row.try_get(2)?,
        kind: row.try_get(3)?,
        occurred_at: row.try_get(4)?,
        recorded_at: row.try_get(5)?,
        data: row.try_get(6)?,
        hash: row.try_get(7)?,
        order_id: row.try_get(8)?,
        given: row.try_get(9)?,
        entries: row.try_get(10)?,
        changes: row.try_get(11)?,
        receipt: row.try_get(12)?,
        chain: row.try_get(13)?,
    })
}
