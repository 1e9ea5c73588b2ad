//! Stored events and statements in PostgreSQL.

use std::collections::HashMap;

use tokio_postgres::Row;

use super::{Postgres, count, instant, whole};
use crate::{
    loyalty::{Event, Fact, entry::Entry},
    store::{EventSummary, StatementRow, StoreError, StoredEvent, deliveries::FeedLease, reads::DELIVERIES},
};

/// The columns that [`stored`] reads, in its order.
const BY_IDENTITY: &str = "SELECT version, brand, source, id, type, occurred_at, recorded_at, data, entries, receipt, member \
    FROM event WHERE brand = $1 AND source = $2 AND id = $3";

const OF_KINDS: &str = "SELECT version, brand, source, id, type, occurred_at, recorded_at, data, entries, receipt, member \
    FROM event WHERE brand = $1 AND member = $2 AND type = ANY($3) ORDER BY version DESC";

/// Within one instant newer members and versions first: ids are made in order of time.
const NEWEST: &str = "SELECT version, brand, source, id, type, occurred_at, recorded_at, data, entries, receipt, member \
    FROM event WHERE brand = $1 ORDER BY recorded_at DESC, member DESC, version DESC LIMIT $2";

/// At most one more than a turn of a feed takes, so that it is seen that there are more.
const AFTER: &str = "SELECT e.version, e.brand, e.source, e.id, e.type, e.occurred_at, e.recorded_at, e.data, e.entries, \
    e.receipt, e.member, q.n FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) WITH ORDINALITY \
    AS q(brand, member, sent, due, n) CROSS JOIN LATERAL (SELECT * FROM event WHERE brand = q.brand AND member = q.member \
    AND version > q.sent AND version <= q.due ORDER BY version LIMIT 201) e ORDER BY q.n, e.version";

impl Postgres {
    pub async fn statement_rows(
        &self,
        brand: &str,
        member: &str,
        cursor: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StatementRow>, StoreError> {
        // An event has at least one entry: `limit` events are enough.
        let select = "SELECT version, occurred_at, data::json ->> 'reason', entries, \
             CASE type WHEN 'adjustment' THEN data::json ->> 'by' END, \
             CASE type WHEN 'adjustment' THEN data::json ->> 'agreed' END FROM event \
             WHERE brand = $1 AND member = $2 AND version < $3 AND entries <> '[]' ORDER BY version DESC LIMIT $4";
        let before = cursor.map_or(i64::MAX, whole);
        let found = self.rows(select, &[&brand, &member, &before, &whole(limit as u64)]).await?;
        let mut statement: Vec<StatementRow> = Vec::new();
        for row in &found {
            if statement.len() >= limit {
                break;
            }
            let (version, occurred_at) = (count(row, 0)?, instant(row, 1)?);
            let (reason, by, agreed): (Option<String>, Option<String>, Option<String>) =
                (row.try_get(2)?, row.try_get(4)?, row.try_get(5)?);
            let entries: Vec<Entry> = serde_json::from_str(row.try_get(3)?)?;
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
    }

    pub async fn event(&self, brand: &str, source: &str, id: &str) -> Result<Option<StoredEvent>, StoreError> {
        self.row(BY_IDENTITY, &[&brand, &source, &id]).await?.as_ref().map(stored).transpose()
    }

    pub async fn events_of(&self, brand: &str, member: &str, kinds: &[&str]) -> Result<Vec<StoredEvent>, StoreError> {
        self.rows(OF_KINDS, &[&brand, &member, &kinds]).await?.iter().map(stored).collect()
    }

    pub async fn tier_after(&self, brand: &str, member: &str, version: u64) -> Result<Option<String>, StoreError> {
        let select =
            "SELECT receipt::json #>> '{tier,id}' FROM event WHERE brand = $1 AND member = $2 AND version = $3";
        let row = self.row(select, &[&brand, &member, &whole(version)]).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    pub async fn recent_events(&self, brand: &str, limit: usize) -> Result<Vec<EventSummary>, StoreError> {
        let newest = self.rows(NEWEST, &[&brand, &whole(limit as u64)]).await?;
        let newest = newest.iter().map(stored).collect::<Result<Vec<_>, _>>()?;
        let members: Vec<_> = newest.iter().map(|stored| (brand.to_owned(), stored.member.clone())).collect();
        let loaded = self.documents(&members).await?;
        let mut events = Vec::new();
        for (stored, loaded) in newest.into_iter().zip(loaded) {
            let found = self.rows(DELIVERIES, &[&whole(stored.version), &brand, &stored.member]).await?;
            let deliveries = found.iter().map(|row| Ok::<_, StoreError>((row.try_get(0)?, row.try_get(1)?)));
            let deliveries = deliveries.collect::<Result<_, _>>()?;
            let test = loaded.as_ref().is_some_and(|loaded| loaded.member.test);
            let name = loaded.and_then(|loaded| loaded.person.name);
            events.push(EventSummary { stored, name, test, deliveries });
        }
        Ok(events)
    }

    /// The events each leased feed has not sent yet, by its place among them.
    pub(super) async fn unsent(&self, leases: &[FeedLease]) -> Result<HashMap<usize, Vec<StoredEvent>>, StoreError> {
        let brands: Vec<&String> = leases.iter().map(|lease| &lease.brand).collect();
        let members: Vec<&String> = leases.iter().map(|lease| &lease.member).collect();
        let sent: Vec<i64> = leases.iter().map(|lease| whole(lease.version_sent)).collect();
        let due: Vec<i64> = leases.iter().map(|lease| whole(lease.version_due)).collect();
        let mut events: HashMap<usize, Vec<StoredEvent>> = HashMap::new();
        for row in &self.rows(AFTER, &[&brands, &members, &sent, &due]).await? {
            let place = usize::try_from(row.try_get::<_, i64>(11)? - 1).unwrap_or(0);
            events.entry(place).or_default().push(stored(row)?);
        }
        Ok(events)
    }
}

fn stored(row: &Row) -> Result<StoredEvent, StoreError> {
    let fact = Fact::parse(row.try_get(4)?, row.try_get(7)?)?;
    let (brand, source, id) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    let event = Event { brand, source, id, occurred_at: instant(row, 5)?, fact };
    let (member, recorded_at) = ((row.try_get(10)?, count(row, 0)?), instant(row, 6)?);
    Ok(StoredEvent::read(event, member, recorded_at, (row.try_get(8)?, row.try_get(9)?))?)
}
