//! Shared counts, parked facts and alarms in PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};

use deadpool_postgres::{Client, Transaction};
use jiff::Timestamp;
use tokio_postgres::Row;

use super::{Parameters, Postgres, count, instant, small, whole};
use crate::{
    clock::to_micros,
    loyalty::counters::{Count, code},
    store::{
        StoreError,
        counters::{self, CountRow, Versioned},
        parked::{self, ParkedName, ParkedPlace, ParkedRow, Parking},
    },
};

const COUNTS: &str = "SELECT s.brand, s.key, s.used, s.offer, s.version FROM unnest($1::text[], $2::text[]) AS q(brand, key) \
    JOIN shared s ON s.brand = q.brand AND s.key = q.key";

const ISSUE: &str = "INSERT INTO shared (brand, key, offer) SELECT $1, key, $2 FROM unnest($3::text[]) AS n(key) ORDER BY key \
    ON CONFLICT DO NOTHING";

/// A count that was seen not to exist yet.
const NEW: &str = "INSERT INTO shared (brand, key, used, offer) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) ON CONFLICT DO NOTHING RETURNING brand, key";

/// A count that must still be what was seen.
const NEXT: &str = "UPDATE shared s SET used = s.used + n.change, offer = CASE WHEN n.offers THEN n.offer ELSE s.offer END, \
    version = s.version + 1 \
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bool[], $6::bigint[], $7::bigint[]) \
    AS n(brand, key, change, offer, offers, seen, at_most) WHERE s.brand = n.brand AND s.key = n.key AND s.version = n.seen \
    AND (n.at_most IS NULL OR s.used <= n.at_most) RETURNING s.brand, s.key";

/// A count that nobody looked at: any state of it will do.
const ADD: &str = "INSERT INTO shared AS s (brand, key, used, offer) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) ON CONFLICT (brand, key) \
    DO UPDATE SET used = s.used + excluded.used, version = s.version + 1 RETURNING s.brand, s.key";

/// The same while it is not more than was thought.
const ADD_BELOW: &str = "INSERT INTO shared AS s (brand, key, used, offer) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) ON CONFLICT (brand, key) \
    DO UPDATE SET used = s.used + excluded.used, version = s.version + 1 WHERE s.used <= \
    (SELECT n.at_most FROM unnest($1::text[], $2::text[], $5::bigint[]) AS n(brand, key, at_most) \
    WHERE n.brand = excluded.brand AND n.key = excluded.key) RETURNING s.brand, s.key";

/// The same with a new offer.
const OFFER: &str = "INSERT INTO shared AS s (brand, key, used, offer) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) ON CONFLICT (brand, key) \
    DO UPDATE SET used = s.used + excluded.used, version = s.version + 1, offer = excluded.offer RETURNING s.brand, s.key";

const PARK: &str = "INSERT INTO parked (brand, source, id, number, member, reason, content, recorded_at) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bigint[]) \
    ON CONFLICT DO NOTHING";

/// One connector has the alarms, as long as it keeps looking; when it is gone for a while another one takes them. Two that
/// took them at once would make the same events.
const DUE: &str = "WITH mine AS (INSERT INTO duty AS d VALUES ('alarms', $3, $4) ON CONFLICT (name) DO UPDATE \
    SET holder = excluded.holder, until = excluded.until WHERE d.holder = excluded.holder OR d.until < $1 RETURNING 1) \
    SELECT brand, id, next_due_at FROM member WHERE next_due_at <= $1 AND EXISTS (SELECT 1 FROM mine) \
    ORDER BY next_due_at LIMIT $2";

/// How long a connector that is gone keeps the alarms, in microseconds.
const DUTY: i64 = 10_000_000;

const UNPARK: &str = "DELETE FROM parked AS p USING unnest($1::text[], $2::text[], $3::text[]) AS gone (brand, source, id) \
    WHERE p.brand = gone.brand AND p.source = gone.source AND p.id = gone.id";

pub(super) const STATEMENTS: [&str; 7] = [NEW, NEXT, ADD, ADD_BELOW, OFFER, UNPARK, PARK];

impl Postgres {
    pub async fn counts(
        &self,
        keys: Vec<(String, String)>,
    ) -> Result<BTreeMap<(String, String), Versioned>, StoreError> {
        let (brands, names): (Vec<&String>, Vec<&String>) = keys.iter().map(|(brand, key)| (brand, key)).unzip();
        let found = self.look_up(COUNTS, &[&brands, &names]).await?;
        let mut counts: BTreeMap<(String, String), Versioned> = BTreeMap::new();
        for row in &found {
            let now = Count { used: row.try_get(2)?, offer: row.try_get(3)? };
            counts.insert((row.try_get(0)?, row.try_get(1)?), Versioned { count: now, version: count(row, 4)? });
        }
        for key in keys {
            counts.entry(key).or_default();
        }
        Ok(counts)
    }

    pub async fn all_counts(
        &self,
        (brand, key): (String, String),
        limit: usize,
    ) -> Result<Vec<(String, String, Count)>, StoreError> {
        let rows = self.rows(counters::ALL, &[&brand, &key, &whole(limit as u64)]).await?;
        let count = |row: &tokio_postgres::Row| -> Result<_, tokio_postgres::Error> {
            Ok((row.try_get(0)?, row.try_get(1)?, Count { used: row.try_get(2)?, offer: row.try_get(3)? }))
        };
        Ok(rows.iter().map(count).collect::<Result<_, _>>()?)
    }

    pub async fn issue_codes(&self, brand: &str, offer: &str, codes: Vec<String>) -> Result<usize, StoreError> {
        let keys: Vec<String> = codes.iter().map(|text| code(text)).collect();
        let new = self.execute(ISSUE, &[&brand, &offer, &keys]).await?;
        Ok(usize::try_from(new).unwrap_or(usize::MAX))
    }

    pub async fn parked(&self, brand: &str, after: ParkedPlace, limit: usize) -> Result<Vec<ParkedRow>, StoreError> {
        let (recorded_at, source, id, number) = (after.0, after.1, after.2, i64::from(after.3));
        let rows = self.rows(parked::ALL, &[&brand, &recorded_at, &source, &id, &number, &whole(limit as u64)]).await?;
        rows.iter().map(parked_row).collect()
    }

    pub async fn parked_fact(&self, brand: &str, source: &str, id: &str) -> Result<Option<ParkedRow>, StoreError> {
        self.row(parked::ONE, &[&brand, &source, &id]).await?.as_ref().map(parked_row).transpose()
    }

    pub async fn park(&self, row: ParkedRow, most: usize) -> Result<Parking, StoreError> {
        self.connections.ask(async |client| park(client, &row, most).await).await
    }

    pub async fn unpark(&self, brand: &str, source: &str, id: &str, number: u32) -> Result<bool, StoreError> {
        Ok(self.execute(parked::DEALT_WITH, &[&brand, &source, &id, &i64::from(number)]).await? > 0)
    }

    pub async fn due_members(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(String, String, Timestamp)>, StoreError> {
        let now = to_micros(now);
        let rows = self.rows(DUE, &[&now, &whole(limit as u64), &self.name, &(now + DUTY)]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, instant(row, 2)?))).collect()
    }

    pub async fn born_on(&self, brand: &str, day: &str, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let select = "SELECT member FROM person WHERE brand = $1 AND substr((facts::jsonb) ->> 'birthday', 6) = $2 \
            AND (facts::jsonb) ->> 'birthday' IS NOT NULL AND member > $3 ORDER BY member LIMIT $4";
        let rows = self.rows(select, &[&brand, &day, &after, &whole(limit as u64)]).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}

/// Counts that were not written.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    /// Somebody else changed one that was looked at.
    pub lost: bool,
    /// Of these more is used than was thought.
    pub near: Vec<(String, String)>,
}

/// Writes the changes of a batch.
pub(super) async fn write_counts(transaction: &Transaction<'_>, all: &[CountRow]) -> Result<Unwritten, StoreError> {
    let of = |wanted: fn(&CountRow) -> bool| all.iter().filter(|row| wanted(row)).collect::<Vec<_>>();
    let near = all.iter().filter(|row| row.is_in_vain()).map(CountRow::place).collect();
    let mut unwritten = Unwritten { lost: false, near };
    if !unwritten.near.is_empty() {
        return Ok(unwritten);
    }
    let new = of(|row| row.seen == Some(0));
    let next = of(|row| row.seen.is_some_and(|seen| seen > 0));
    let offer = of(|row| row.seen.is_none() && row.change.offer.is_some());
    let add = of(|row| row.seen.is_none() && row.change.offer.is_none() && row.change.at_most.is_none());
    let below = of(|row| row.seen.is_none() && row.change.offer.is_none() && row.change.at_most.is_some());
    for (sql, some) in [(NEW, new), (NEXT, next), (ADD, add), (ADD_BELOW, below), (OFFER, offer)] {
        if some.is_empty() {
            continue;
        }
        let written = change(transaction, sql, &some).await?;
        for row in some.iter().filter(|row| !written.contains(&row.place())) {
            match row.change.at_most {
                Some(_) => unwritten.near.push(row.place()),
                None => unwritten.lost = true,
            }
        }
    }
    Ok(unwritten)
}

/// Which were written.
async fn change(
    transaction: &Transaction<'_>,
    sql: &str,
    some: &[&CountRow],
) -> Result<BTreeSet<(String, String)>, StoreError> {
    let brands: Vec<&str> = some.iter().map(|row| row.brand.as_str()).collect();
    let keys: Vec<&str> = some.iter().map(|row| row.key.as_str()).collect();
    let changes: Vec<i64> = some.iter().map(|row| row.change.by).collect();
    let offers: Vec<Option<&str>> = some.iter().map(|row| row.change.offer.as_ref()?.as_deref()).collect();
    let sets: Vec<bool> = some.iter().map(|row| row.change.offer.is_some()).collect();
    let seen: Vec<i64> = some.iter().map(|row| row.seen.map_or(0, whole)).collect();
    let at_most: Vec<Option<i64>> = some.iter().map(|row| row.change.at_most).collect();
    let all: Parameters<'_> = match sql {
        NEXT => &[&brands, &keys, &changes, &offers, &sets, &seen, &at_most],
        ADD_BELOW => &[&brands, &keys, &changes, &offers, &at_most],
        _ => &[&brands, &keys, &changes, &offers],
    };
    let statement = transaction.prepare_cached(sql).await?;
    let written = transaction.query(&statement, all).await?;
    Ok(written
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<_, tokio_postgres::Error>>()?)
}

async fn park(client: &mut Client, row: &ParkedRow, most: usize) -> Result<Parking, StoreError> {
    let transaction = client.transaction().await?;
    let statement = transaction.prepare_cached(parked::WAITING).await?;
    let place: Parameters<'_> = &[&row.brand, &row.source, &row.id, &i64::from(row.number), &whole(most as u64)];
    let found = transaction.query_one(&statement, place).await?;
    let parking = Parking::of(found.try_get(0)?, found.try_get(1)?, most);
    let is_new = parking == Parking::New && write_parked(&transaction, std::slice::from_ref(row)).await? > 0;
    transaction.commit().await?;
    // Another connector may have parked it since.
    Ok(if parking == Parking::New && !is_new { Parking::Known } else { parking })
}

fn parked_row(row: &Row) -> Result<ParkedRow, StoreError> {
    Ok(ParkedRow {
        brand: row.try_get(0)?,
        source: row.try_get(1)?,
        id: row.try_get(2)?,
        number: small(row, 3)?,
        member: row.try_get(4)?,
        reason: row.try_get(5)?,
        content: serde_json::from_str(row.try_get(6)?)?,
        recorded_at: instant(row, 7)?,
    })
}

pub(super) async fn write_unparked(transaction: &Transaction<'_>, names: &[ParkedName]) -> Result<(), StoreError> {
    if names.is_empty() {
        return Ok(());
    }
    let brands: Vec<&str> = names.iter().map(|name| name.brand.as_str()).collect();
    let sources: Vec<&str> = names.iter().map(|name| name.source.as_str()).collect();
    let ids: Vec<&str> = names.iter().map(|name| name.id.as_str()).collect();
    let statement = transaction.prepare_cached(UNPARK).await?;
    transaction.execute(&statement, &[&brands, &sources, &ids]).await?;
    Ok(())
}

/// Returns how many were not there yet.
pub(super) async fn write_parked(transaction: &Transaction<'_>, all: &[ParkedRow]) -> Result<u64, StoreError> {
    if all.is_empty() {
        return Ok(0);
    }
    let brands: Vec<&str> = all.iter().map(|row| row.brand.as_str()).collect();
    let sources: Vec<&str> = all.iter().map(|row| row.source.as_str()).collect();
    let ids: Vec<&str> = all.iter().map(|row| row.id.as_str()).collect();
    let numbers: Vec<i64> = all.iter().map(|row| i64::from(row.number)).collect();
    let members: Vec<Option<&str>> = all.iter().map(|row| row.member.as_deref()).collect();
    let reasons: Vec<&str> = all.iter().map(|row| row.reason.as_str()).collect();
    let contents: Vec<String> = all.iter().map(|row| row.content.to_string()).collect();
    let recorded: Vec<i64> = all.iter().map(|row| to_micros(row.recorded_at)).collect();
    let statement = transaction.prepare_cached(PARK).await?;
    let parameters: Parameters<'_> = &[&brands, &sources, &ids, &numbers, &members, &reasons, &contents, &recorded];
    Ok(transaction.execute(&statement, parameters).await?)
}
