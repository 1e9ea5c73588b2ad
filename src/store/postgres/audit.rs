//! The whole ledger in PostgreSQL, member by member. A position in it is an instant: events recorded until then.

use deadpool_postgres::Client;
use tokio_postgres::{IsolationLevel, Row};

use super::{Postgres, count, find, whole};
use crate::{
    clock::from_micros,
    store::{
        EventRow, StoreError,
        audit::{Head, Integrity, MEMBERS, OF_MEMBERS, PLACE, SHARED, STREAMS, SharedCount, Stream, of_nobody},
    },
    values::count::counted,
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
        let rows = self.unhurried(STREAMS, &[]).await?;
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
        let rows = self.unhurried(MEMBERS, &[]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, count(row, 1)?))).collect()
    }

    async fn stream(&self, brand: &str, member: &str) -> Result<Stream, StoreError> {
        self.connections.ask_unhurried(async |client| stream(client, brand, member).await).await
    }

    pub async fn place_of_event(
        &self,
        brand: &str,
        source: &str,
        id: &str,
    ) -> Result<Option<(String, u64)>, StoreError> {
        let row = self.row(PLACE, &[&brand, &source, &id]).await?;
        row.map(|row| Ok((row.try_get(0)?, count(&row, 1)?))).transpose()
    }

    /// The oldest event whose entries hold this text.
    pub async fn place_of(&self, brand: &str, part: String) -> Result<Option<(String, u64)>, StoreError> {
        let select = "SELECT member, version FROM event WHERE brand = $1 AND strpos(entries, $2) > 0 \
            ORDER BY recorded_at, member, version LIMIT 1";
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

/// Indexes that the server itself says are not to be used.
const INVALID: &str = "SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT (i.indisvalid AND i.indisready)";

const BROKEN_PAGES: &str =
    "SELECT COALESCE(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()";

/// Whether the server can compare its indexes with its tables.
const CHECKER: &str = "SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
    WHERE CASE e.extname WHEN 'amcheck' \
    THEN has_function_privilege(n.nspname || '.bt_index_check(regclass, boolean)', 'EXECUTE') ELSE false END";

const INDEXES: &str = "SELECT c.oid::bigint, c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
    JOIN pg_am a ON a.oid = c.relam WHERE c.relnamespace = current_schema()::regnamespace AND a.amname = 'btree' \
    AND i.indisvalid ORDER BY c.relname";

impl Postgres {
    pub async fn shared_counts(&self) -> Result<Vec<((String, String), SharedCount)>, StoreError> {
        let rows = self.unhurried(SHARED, &[]).await?;
        let counts = rows.iter().map(|row| {
            let count = SharedCount { used: row.try_get(2)?, version: count(row, 3)? };
            Ok(((row.try_get(0)?, row.try_get(1)?), count))
        });
        counts.collect()
    }

    pub async fn rows_of_nobody(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut nobodys = Vec::new();
        for table in OF_MEMBERS {
            for row in self.unhurried(&of_nobody(table), &[]).await? {
                nobodys.push((table.0.trim_matches('"').to_owned(), row.try_get(0)?));
            }
        }
        Ok(nobodys)
    }

    pub async fn integrity(&self) -> Result<Integrity, StoreError> {
        let mut found = Integrity::default();
        for row in self.unhurried(INVALID, &[]).await? {
            found.damage.push(format!("index {} is not valid: REINDEX it", row.try_get::<_, String>(0)?));
        }
        let broken: i64 = self.row(BROKEN_PAGES, &[]).await?.map_or(Ok(0), |row| row.try_get(0))?;
        if broken > 0 {
            found.damage.push(format!("{}: not as their checksums say (pg_stat_database)", counted(broken, "page")));
        }
        let Some(checker) = self.row(CHECKER, &[]).await? else {
            found.not_asked = Some(
                "indexes were not compared with their tables: a superuser can have it done by CREATE EXTENSION amcheck and \
                 GRANT EXECUTE ON FUNCTION bt_index_check(regclass, boolean)"
                    .to_owned(),
            );
            return Ok(found);
        };
        let check =
            format!("SELECT {}.bt_index_check($1::bigint::oid::regclass, true)", checker.try_get::<_, String>(0)?);
        for row in self.unhurried(INDEXES, &[]).await? {
            let (index, name): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
            match self.unhurried(&check, &[&index]).await {
                Err(StoreError::Postgres(error)) if error.as_db_error().is_some() => {
                    let said = error.as_db_error().map(ToString::to_string).unwrap_or_default();
                    found.damage.push(format!("index {name}: {said}"));
                }
                other => drop(other?),
            }
        }
        Ok(found)
    }
}

async fn stream(client: &mut Client, brand: &str, member: &str) -> Result<Stream, StoreError> {
    let snapshot =
        client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
    let found = snapshot.query(&snapshot.prepare_cached(STREAM).await?, &[&brand, &member]).await?;
    let select = "SELECT document FROM \"order\" WHERE brand = $1 AND member = $2 ORDER BY id";
    let orders = snapshot.query(&snapshot.prepare_cached(select).await?, &[&brand, &member]).await?;
    let select = "SELECT next_due_at FROM member WHERE brand = $1 AND id = $2";
    let alarm = snapshot.query_opt(&snapshot.prepare_cached(select).await?, &[&brand, &member]).await?;
    let alarm = alarm.map(|row| row.try_get::<_, Option<i64>>(0)).transpose()?.flatten().map(from_micros);
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
        alarm,
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
