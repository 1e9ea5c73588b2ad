//! Leases in SQLite: one process, one writing connection, so a lease is a plain update. What is leased is read on another one.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{Sqlite, find, reads};
use crate::{
    clock::{from_micros, to_micros},
    store::{
        FeedItem, IntentItem, Settled, StoreError,
        deliveries::{FeedLease, Parked},
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
        let key = |item: &FeedItem| (item.brand.clone(), item.member.id.clone(), item.version_due);
        let settled: Vec<_> = settled.into_iter().map(|(item, settled)| (key(item), settled)).collect();
        self.write_together(move |connection| {
            for ((brand, member, version), settled) in &settled {
                settle_feed(connection, destination, (brand, member, *version), settled)?;
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
            let select = "SELECT MIN(due_at) FROM (SELECT MIN(due_at) AS due_at FROM feed WHERE destination = ?1 AND due_at IS NOT NULL \
                          UNION ALL SELECT MIN(due_at) FROM intent WHERE destination = ?1 AND due_at IS NOT NULL)";
            let due: Option<i64> = connection.prepare_cached(select)?.query_row([destination], |row| row.get(0))?;
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
            let select = "SELECT MIN(due_at) FROM (SELECT MIN(due_at) AS due_at FROM feed WHERE destination = ?1 AND due_at IS NOT NULL \
                          AND brand = ?2 UNION ALL SELECT MIN(due_at) FROM intent WHERE destination = ?1 AND due_at IS NOT NULL AND brand = ?2)";
            let due: Option<i64> =
                connection.prepare_cached(select)?.query_row(params![destination, brand], |row| row.get(0))?;
            Ok(due.map(from_micros))
        })
        .await
    }

    pub async fn delivery_counts(&self, brand: &str) -> Result<Vec<(String, String, u64)>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT destination, state, COUNT(*) FROM feed WHERE brand = ?1 GROUP BY 1, 2 \
                 UNION ALL SELECT destination, state, COUNT(*) FROM intent WHERE brand = ?1 GROUP BY 1, 2",
            )?;
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
    let mut update = connection.prepare_cached(
        "UPDATE feed SET due_at = ?4, attempts = attempts + 1 WHERE (destination, brand, member) IN \
         (SELECT destination, brand, member FROM feed WHERE destination = ?1 AND due_at <= ?2 ORDER BY due_at LIMIT ?3) \
         RETURNING brand, member, version_due, version_sent, attempts",
    )?;
    let rows = update.query_map(params![destination, now, limit as u64, until], |row| {
        Ok(FeedLease {
            brand: row.get(0)?,
            member: row.get(1)?,
            version_due: row.get(2)?,
            version_sent: row.get(3)?,
            attempt: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
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
                 WHERE destination = ?1 AND brand = ?2 AND member = ?3",
                params![destination, brand, member, to_micros(*at), problem, back],
            )?;
        }
        Settled::Dead { problem } | Settled::Unknown { problem } => {
            connection.execute(
                "UPDATE feed SET due_at = NULL, state = 'dead', problem = ?4 \
                 WHERE destination = ?1 AND brand = ?2 AND member = ?3",
                params![destination, brand, member, problem],
            )?;
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
    connection.execute(
        "INSERT INTO intent (id, destination, brand, member, version, action, valid_until, attempts, state, problem) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, 'dead', ?8) \
         ON CONFLICT (id) DO UPDATE SET state = 'dead', due_at = NULL, problem = excluded.problem",
        params![id, destination, brand, member, version, serde_json::to_string(&action)?, i64::MAX, part.problem],
    )?;
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
    let mut update = connection.prepare_cached(
        "UPDATE intent SET due_at = ?4, attempts = attempts + 1 WHERE id IN \
         (SELECT id FROM intent WHERE destination = ?1 AND due_at <= ?2 ORDER BY due_at LIMIT ?3) \
         RETURNING id, brand, member, action, valid_until, attempts",
    )?;
    let rows = update.query_map(params![destination, now, limit as u64, until], |row| {
        Ok(Leased {
            id: row.get(0)?,
            brand: row.get(1)?,
            member: row.get(2)?,
            action: row.get(3)?,
            valid_until: row.get(4)?,
            attempt: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
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
        "UPDATE intent SET state = ?2, due_at = ?3, problem = ?4, attempts = MAX(attempts - ?5, 0) WHERE id = ?1",
    )?;
    update.execute(params![id, state, due_at, problem, back])?;
    Ok(())
}
