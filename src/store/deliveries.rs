//! Feeds and intents: leased for a while, sent without holding a transaction, then settled.
//! A lease is `due_at` moved into the future, so what a crashed process held becomes due by itself.

use std::time::Duration;

use rusqlite::{Connection, params};
use serde_json::Value;

use super::{Person, Store, StoreError, StoredEvent, find, reads};
use crate::{
    clock::{from_micros, to_micros},
    loyalty::{Member, id::derived_uuid, intent::Action},
};
use jiff::Timestamp;

/// What a destination is to be brought up to date about one member.
#[derive(Debug, Clone)]
pub struct FeedItem {
    pub brand: String,
    pub member: Member,
    pub person: Person,
    /// Events the destination has not got yet, oldest first.
    pub events: Vec<StoredEvent>,
    /// Bring it up to here; the member's document is of this version or a later one.
    pub version_due: u64,
    /// 1 for the first try. From 2 on it may be there already: look first.
    pub attempt: u32,
}

/// One thing to do once.
#[derive(Debug, Clone)]
pub struct IntentItem {
    pub id: String,
    pub brand: String,
    pub member: String,
    pub action: Action,
    pub valid_until: Timestamp,
    pub attempt: u32,
}

/// How one delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    Delivered,
    /// Try again then. `costs_attempt` is false when the destination only asked to wait (429).
    RetryAt {
        at: Timestamp,
        problem: String,
        costs_attempt: bool,
    },
    /// It will never work; a person has to look.
    Dead {
        problem: String,
    },
    /// It may or may not have arrived and cannot be looked up; a person has to look.
    Unknown {
        problem: String,
    },
    /// Delivered, except for parts that are refused for ever: they are parked one by one and block nothing.
    DeliveredExcept {
        parked: Vec<Parked>,
    },
}

/// A part of a feed that a destination refuses for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    pub key: String,
    pub content: Value,
    pub problem: String,
}

/// Events handed to a destination at once for one member; the rest follows in the next turn.
const EVENTS_PER_TURN: usize = 200;

impl Store {
    /// Leases members whose feed is due, oldest first. Each counts as one attempt.
    pub async fn lease_feeds(
        &self,
        destination: &'static str,
        limit: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FeedItem>, StoreError> {
        let Self::Sqlite(db) = self;
        db.write(move |connection| {
            let leased = lease_feeds(connection, destination, limit, to_micros(now), to_micros(until))?;
            leased.into_iter().filter_map(|lease| feed_item(connection, lease).transpose()).collect()
        })
        .await
    }

    /// Settles feeds of one turn in one commit.
    pub async fn settle_feeds(
        &self,
        destination: &'static str,
        settled: Vec<(&FeedItem, Settled)>,
    ) -> Result<(), StoreError> {
        let Self::Sqlite(db) = self;
        let key = |item: &FeedItem| (item.brand.clone(), item.member.id.clone(), item.version_due);
        let settled: Vec<_> = settled.into_iter().map(|(item, settled)| (key(item), settled)).collect();
        db.write(move |connection| {
            let transaction = connection.transaction()?;
            for ((brand, member, version), settled) in settled {
                settle_feed(&transaction, destination, (&brand, &member, version), settled)?;
            }
            Ok(transaction.commit()?)
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
        let Self::Sqlite(db) = self;
        db.write(move |connection| lease_intents(connection, destination, limit, to_micros(now), to_micros(until)))
            .await
    }

    /// Settles intents of one turn, by id, in one commit.
    pub async fn settle_intents(&self, settled: Vec<(String, Settled)>) -> Result<(), StoreError> {
        let Self::Sqlite(db) = self;
        db.write(move |connection| {
            let transaction = connection.transaction()?;
            for (id, settled) in settled {
                settle_intent(&transaction, &id, settled)?;
            }
            Ok(transaction.commit()?)
        })
        .await
    }

    /// Makes due at once what a process that is gone may still hold: leases end at most `lease` from now. A retry that is
    /// due as soon is only brought forward.
    pub async fn release_leases(&self, now: Timestamp, lease: Duration) -> Result<(), StoreError> {
        let Self::Sqlite(db) = self;
        let (now, until) = (to_micros(now), to_micros(now.saturating_add(lease).unwrap_or(now)));
        db.write(move |connection| {
            for table in ["feed", "intent"] {
                let update = format!("UPDATE {table} SET due_at = ?1 WHERE due_at > ?1 AND due_at <= ?2");
                connection.execute(&update, params![now, until])?;
            }
            Ok(())
        })
        .await
    }

    /// The instant of the next due delivery of a destination, leased ones included.
    pub async fn next_due(&self, destination: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let Self::Sqlite(db) = self;
        db.read(move |connection| {
            let select = "SELECT MIN(due_at) FROM (SELECT MIN(due_at) AS due_at FROM feed WHERE destination = ?1 AND due_at IS NOT NULL \
                          UNION ALL SELECT MIN(due_at) FROM intent WHERE destination = ?1 AND due_at IS NOT NULL)";
            let due: Option<i64> = connection.prepare_cached(select)?.query_row([destination], |row| row.get(0))?;
            Ok(due.map(from_micros))
        })
        .await
    }

    /// Makes a feed due for every member there is: the first projection of a new destination.
    pub async fn feed_everybody(&self, destination: &'static str, now: Timestamp) -> Result<usize, StoreError> {
        let Self::Sqlite(db) = self;
        db.write(move |connection| {
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

    /// Forgets what a destination was told: it lost it.
    pub async fn forget_feeds(&self, destination: &'static str) -> Result<usize, StoreError> {
        let Self::Sqlite(db) = self;
        db.write(move |connection| Ok(connection.execute("DELETE FROM feed WHERE destination = ?1", [destination])?))
            .await
    }

    /// Rows by destination and state, for the console and the health page.
    pub async fn delivery_counts(&self) -> Result<Vec<(String, String, u64)>, StoreError> {
        let Self::Sqlite(db) = self;
        db.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT destination, state, COUNT(*) FROM feed GROUP BY 1, 2 \
                 UNION ALL SELECT destination, state, COUNT(*) FROM intent GROUP BY 1, 2",
            )?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

struct FeedLease {
    brand: String,
    member: String,
    version_due: u64,
    version_sent: u64,
    attempt: u32,
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
    let FeedLease { brand, member, version_due, version_sent, attempt } = lease;
    let Some(loaded) = find::load(connection, &brand, &member)? else { return Ok(None) };
    let mut events = reads::events_between(connection, &brand, &member, version_sent, version_due)?;
    let version_due = if events.len() > EVENTS_PER_TURN {
        events.truncate(EVENTS_PER_TURN);
        events[EVENTS_PER_TURN - 1].version
    } else {
        version_due
    };
    Ok(Some(FeedItem { brand, member: loaded.member, person: loaded.person, events, version_due, attempt }))
}

fn settle_feed(
    connection: &Connection,
    destination: &str,
    (brand, member, version): (&str, &str, u64),
    settled: Settled,
) -> Result<(), StoreError> {
    match settled {
        Settled::Delivered => delivered(connection, destination, (brand, member, version))?,
        Settled::DeliveredExcept { parked } => {
            for part in parked {
                park(connection, destination, (brand, member, version), &part)?;
            }
            delivered(connection, destination, (brand, member, version))?;
        }
        Settled::RetryAt { at, problem, costs_attempt } => {
            let back = u32::from(!costs_attempt);
            connection.execute(
                "UPDATE feed SET due_at = ?4, problem = ?5, attempts = MAX(attempts - ?6, 0) \
                 WHERE destination = ?1 AND brand = ?2 AND member = ?3",
                params![destination, brand, member, to_micros(at), problem, back],
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
    let id = derived_uuid(&["parked", destination, brand, member, &part.key]).to_string();
    let action =
        Action::Parked { key: part.key.clone(), content: part.content.clone(), destination: destination.to_owned() };
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
) -> Result<Vec<IntentItem>, StoreError> {
    let expire = "UPDATE intent SET state = 'expired', due_at = NULL, problem = 'no longer worth doing' \
                  WHERE destination = ?1 AND due_at <= ?2 AND valid_until < ?2";
    connection.prepare_cached(expire)?.execute(params![destination, now])?;
    let mut update = connection.prepare_cached(
        "UPDATE intent SET due_at = ?4, attempts = attempts + 1 WHERE id IN \
         (SELECT id FROM intent WHERE destination = ?1 AND due_at <= ?2 ORDER BY due_at LIMIT ?3) \
         RETURNING id, brand, member, action, valid_until, attempts",
    )?;
    let mut rows = update.query(params![destination, now, limit as u64, until])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(IntentItem {
            id: row.get(0)?,
            brand: row.get(1)?,
            member: row.get(2)?,
            action: serde_json::from_str(&row.get::<_, String>(3)?)?,
            valid_until: from_micros(row.get(4)?),
            attempt: row.get(5)?,
        });
    }
    Ok(items)
}

fn settle_intent(connection: &Connection, id: &str, settled: Settled) -> Result<(), StoreError> {
    let (state, due_at, problem, back) = match settled {
        Settled::Delivered | Settled::DeliveredExcept { .. } => ("done", None, None, 0),
        Settled::RetryAt { at, problem, costs_attempt } => {
            ("due", Some(to_micros(at)), Some(problem), u32::from(!costs_attempt))
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
