//! Leases in SQLite: one process, one writing connection, so a lease is a plain update. What is leased is read on another one.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{Sqlite, find, reads, whole};
use crate::{
    clock::{from_micros, to_micros},
    store::{
        FeedItem, IntentItem, Settled, StoreError,
        deliveries::{BURY_FEED, COUNTS, FeedLease, NEXT_DUE, OLDEST_DUE, PARK, Parked},
    },
};

impl Sqlite {
    pub async fn lease_feeds(
        &self,
        destination: &'static str,
        limit: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FeedItem>, StoreError> {
        let leased = self
            .write_together(move |connection| {
                lease_feeds(connection, destination, limit, to_micros(now), to_micros(until))
            })
            .await?;
        if leased.is_empty() {
            return Ok(Vec::new());
        }
        // Documents are read beside the writer, never on its thread.
        self.read(move |connection| {
            leased.into_iter().filter_map(|lease| feed_item(connection, lease).transpose()).collect()
        })
        .await
    }

    pub async fn settle_feeds(
        &self,
        destination: &'static str,
        settled: Vec<(&FeedItem, Settled)>,
    ) -> Result<(), StoreError> {
        let key = |item: &FeedItem| (item.brand.clone(), item.member.id.clone(), item.version_due, item.attempt);
        let settled: Vec<_> = settled.into_iter().map(|(item, settled)| (key(item), settled)).collect();
        self.write_together(move |connection| {
            for ((brand, member, version, attempt), settled) in &settled {
                settle_feed(connection, destination, (brand, member, *version), *attempt, settled)?;
            }
            Ok(())
        })
        .await
    }

    pub async fn lease_intents(
        &self,
        destination: &'static str,
        limit: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<IntentItem>, StoreError> {
        let lease = move |connection: &Connection| {
            lease_intents(connection, destination, limit, to_micros(now), to_micros(until))
        };
        self.write_together(lease).await?.into_iter().map(Leased::item).collect()
    }

    pub async fn settle_intents(&self, settled: Vec<(String, Settled)>) -> Result<(), StoreError> {
        self.write_together(move |connection| {
            for (id, settled) in &settled {
                settle_intent(connection, id, settled)?;
            }
            Ok(())
        })
        .await
    }

    pub async fn release_leases(&self, now: Timestamp, lease: Duration) -> Result<(), StoreError> {
        let (now, until) = (to_micros(now), to_micros(now.saturating_add(lease).unwrap_or(now)));
        self.write(move |connection| {
            for table in ["feed", "intent"] {
                let update = format!("UPDATE {table} SET due_at = ?1 WHERE due_at > ?1 AND due_at <= ?2");
                connection.execute(&update, params![now, until])?;
            }
            Ok(())
        })
        .await
    }

    pub async fn next_due(&self, destination: &'static str) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |connection| {
            let due: Option<i64> = connection.prepare_cached(NEXT_DUE)?.query_row([destination], |row| row.get(0))?;
            Ok(due.map(from_micros))
        })
        .await
    }

    pub async fn feed_everybody(&self, destination: &'static str, now: Timestamp) -> Result<usize, StoreError> {
        self.write(move |connection| {
            Ok(connection.execute(
                "INSERT INTO feed (destination, brand, member, version_due, due_at) \
                 SELECT ?1, brand, member, MAX(version), ?2 FROM event GROUP BY brand, member \
                 ON CONFLICT (destination, brand, member) DO UPDATE SET due_at = excluded.due_at, state = 'due', \
                 version_due = MAX(feed.version_due, excluded.version_due) \
                 WHERE feed.version_sent < excluded.version_due",
                params![destination, to_micros(now)],
            )?)
        })
        .await
    }

    pub async fn forget_feeds(&self, destination: &'static str) -> Result<usize, StoreError> {
        self.write(move |connection| Ok(connection.execute("DELETE FROM feed WHERE destination = ?1", [destination])?))
            .await
    }

    pub async fn oldest_due(&self, brand: &str, destination: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let due: Option<i64> =
                connection.prepare_cached(OLDEST_DUE)?.query_row(params![destination, brand], |row| row.get(0))?;
            Ok(due.map(from_micros))
        })
        .await
    }

    pub async fn delivery_counts(&self, brand: &str) -> Result<Vec<(String, String, u64)>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let mut select = connection.prepare_cached(COUNTS)?;
            let rows = select.query_map([brand], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

fn lease_feeds(
    connection: &Connection,
    destination: &str,
    limit: usize,
    now: i64,
    until: i64,
) -> Result<Vec<FeedLease>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT brand, member, version_due, version_sent, attempts + 1 FROM feed \
         WHERE destination = ?1 AND due_at <= ?2 ORDER BY due_at, brand, member LIMIT ?3",
    )?;
    let rows = select.query_map(params![destination, now, whole(limit as u64)], |row| {
        Ok(FeedLease {
            brand: row.get(0)?,
            member: row.get(1)?,
            version_due: row.get(2)?,
            version_sent: row.get(3)?,
            attempt: row.get(4)?,
        })
    })?;
    let leases = rows.collect::<Result<Vec<_>, _>>()?;
    let mut update = connection.prepare_cached(
        "UPDATE feed SET due_at = ?4, attempts = attempts + 1 WHERE destination = ?1 AND brand = ?2 AND member = ?3",
    )?;
    for lease in &leases {
        update.execute(params![destination, lease.brand, lease.member, until])?;
    }
    Ok(leases)
}

fn feed_item(connection: &Connection, lease: FeedLease) -> Result<Option<FeedItem>, StoreError> {
    let Some(loaded) = find::load(connection, &lease.brand, &lease.member)? else { return Ok(None) };
    let (sent, due) = (lease.version_sent, lease.version_due);
    let events = reads::events_between(connection, &lease.brand, &lease.member, sent, due)?;
    Ok(Some(lease.item(loaded, events)))
}

fn settle_feed(
    connection: &Connection,
    destination: &str,
    (brand, member, version): (&str, &str, u64),
    attempt: u32,
    settled: &Settled,
) -> Result<(), StoreError> {
    match settled {
        Settled::Delivered => delivered(connection, destination, (brand, member, version))?,
        Settled::DeliveredExcept { parked } => {
            for part in parked {
                park(connection, destination, (brand, member, version), part)?;
            }
            delivered(connection, destination, (brand, member, version))?;
        }
        Settled::RetryAt { at, problem, costs_attempt } => {
            let back = u32::from(!costs_attempt);
            connection.execute(
                "UPDATE feed SET due_at = ?4, problem = ?5, attempts = MAX(attempts - ?6, 0) \
                 WHERE destination = ?1 AND brand = ?2 AND member = ?3 AND attempts = ?7",
                params![destination, brand, member, to_micros(*at), problem, back, attempt],
            )?;
        }
        Settled::Dead { problem } | Settled::Unknown { problem } => {
            connection.execute(BURY_FEED, params![problem, destination, brand, member, attempt])?;
        }
    }
    Ok(())
}

/// Due again at once when news came while this was under way.
fn delivered(connection: &Connection, destination: &str, key: (&str, &str, u64)) -> Result<(), StoreError> {
    let (brand, member, version) = key;
    let mut update = connection.prepare_cached(
        "UPDATE feed SET version_sent = MAX(version_sent, ?4), attempts = 0, problem = NULL, \
         due_at = CASE WHEN version_due > ?4 THEN 0 END, state = CASE WHEN version_due > ?4 THEN 'due' ELSE 'sent' END \
         WHERE destination = ?1 AND brand = ?2 AND member = ?3",
    )?;
    update.execute(params![destination, brand, member, version])?;
    Ok(())
}

fn park(connection: &Connection, destination: &str, key: (&str, &str, u64), part: &Parked) -> Result<(), StoreError> {
    let (brand, member, version) = key;
    let (id, action) = part.intent(destination, brand, member);
    let action = serde_json::to_string(&action)?;
    let values = params![id, destination, brand, member, version, action, i64::MAX, part.problem];
    connection.execute(PARK, values)?;
    Ok(())
}

fn lease_intents(
    connection: &Connection,
    destination: &str,
    limit: usize,
    now: i64,
    until: i64,
) -> Result<Vec<Leased>, StoreError> {
    let expire = "UPDATE intent SET state = 'expired', due_at = NULL, problem = 'no longer worth doing' \
                  WHERE destination = ?1 AND due_at <= ?2 AND valid_until < ?2";
    connection.prepare_cached(expire)?.execute(params![destination, now])?;
    let mut select = connection.prepare_cached(
        "SELECT id, brand, member, action, valid_until, attempts + 1 FROM intent \
         WHERE destination = ?1 AND due_at <= ?2 ORDER BY due_at, id LIMIT ?3",
    )?;
    let rows = select.query_map(params![destination, now, whole(limit as u64)], |row| {
        Ok(Leased {
            id: row.get(0)?,
            brand: row.get(1)?,
            member: row.get(2)?,
            action: row.get(3)?,
            valid_until: row.get(4)?,
            attempt: row.get(5)?,
        })
    })?;
    let leased = rows.collect::<Result<Vec<_>, _>>()?;
    let mut update = connection
        .prepare_cached("UPDATE intent SET due_at = ?3, attempts = attempts + 1 WHERE brand = ?1 AND id = ?2")?;
    for intent in &leased {
        update.execute(params![intent.brand, intent.id, until])?;
    }
    Ok(leased)
}

/// An intent that was just leased, as its row says it.
struct Leased {
    id: String,
    brand: String,
    member: String,
    action: String,
    valid_until: i64,
    attempt: u32,
}

impl Leased {
    fn item(self) -> Result<IntentItem, StoreError> {
        let Self { id, brand, member, action, valid_until, attempt } = self;
        let (action, valid_until) = (serde_json::from_str(&action)?, from_micros(valid_until));
        Ok(IntentItem { id, brand, member, action, valid_until, attempt })
    }
}

fn settle_intent(connection: &Connection, id: &str, settled: &Settled) -> Result<(), StoreError> {
    let (state, due_at, problem, back) = match settled {
        Settled::Delivered | Settled::DeliveredExcept { .. } => ("done", None, None, 0),
        Settled::RetryAt { at, problem, costs_attempt } => {
            ("due", Some(to_micros(*at)), Some(problem), u32::from(!costs_attempt))
        }
        Settled::Dead { problem } => ("dead", None, Some(problem), 0),
        Settled::Unknown { problem } => ("unknown", None, Some(problem), 0),
    };
    let mut update = connection.prepare_cached(
        "UPDATE intent SET state = ?2, due_at = ?3, problem = ?4, attempts = MAX(attempts - ?5, 0) \
         WHERE id = ?1 AND (state = 'due' OR ?2 = 'done')",
    )?;
    update.execute(params![id, state, due_at, problem, back])?;
    Ok(())
}
