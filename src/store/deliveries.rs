//! Feeds and intents: leased for a while, sent without holding a transaction, then settled.
//! A lease is `due_at` moved into the future, so what a crashed process held becomes due by itself.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::{Store, StoreError, StoredEvent, find::Loaded};
use crate::{
    loyalty::{Member, intent::Action},
    values::{id::derived_uuid, person::Person},
};

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

impl Parked {
    /// The dead letter of this part: its id, always the same, and what to do when a person sends it again.
    pub(super) fn intent(&self, destination: &str, brand: &str, member: &str) -> (String, Action) {
        let id = derived_uuid(&["parked", destination, brand, member, &self.key]).to_string();
        let (key, content) = (self.key.clone(), self.content.clone());
        (id, Action::Parked { key, content, destination: destination.to_owned() })
    }
}

/// A member's feed that was just leased.
pub(super) struct FeedLease {
    pub brand: String,
    pub member: String,
    pub version_due: u64,
    pub version_sent: u64,
    pub attempt: u32,
}

/// The earliest of both kinds.
pub(super) const NEXT_DUE: &str = "SELECT MIN(due_at) FROM (\
    SELECT MIN(due_at) AS due_at FROM feed WHERE destination = $1 AND due_at IS NOT NULL \
    UNION ALL SELECT MIN(due_at) FROM intent WHERE destination = $1 AND due_at IS NOT NULL) AS both_kinds";
pub(super) const OLDEST_DUE: &str = "SELECT MIN(due_at) FROM (\
    SELECT MIN(due_at) AS due_at FROM feed WHERE destination = $1 AND due_at IS NOT NULL AND brand = $2 \
    UNION ALL SELECT MIN(due_at) FROM intent WHERE destination = $1 AND due_at IS NOT NULL AND brand = $2) AS both_kinds";
/// A destination may have rows of both kinds in one state.
pub(super) const COUNTS: &str = "SELECT destination, state, CAST(SUM(n) AS BIGINT) FROM (\
    SELECT destination, state, COUNT(*) AS n FROM feed WHERE brand = $1 GROUP BY 1, 2 \
    UNION ALL SELECT destination, state, COUNT(*) FROM intent WHERE brand = $1 GROUP BY 1, 2) AS both_kinds \
    GROUP BY destination, state ORDER BY destination, state";
/// Who leased it settles it, as long as nobody leased it after.
pub(super) const BURY_FEED: &str = "UPDATE feed SET due_at = NULL, state = 'dead', problem = $1 \
    WHERE destination = $2 AND brand = $3 AND member = $4 AND attempts = $5";
/// What may never be delivered is kept for a person.
pub(super) const PARK: &str = "INSERT INTO intent (id, destination, brand, member, version, action, valid_until, attempts, \
    state, problem) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 'dead', $8) \
    ON CONFLICT (id) DO UPDATE SET state = 'dead', due_at = NULL, problem = excluded.problem";

/// Events handed to a destination at once for one member; the rest follows in the next turn.
const EVENTS_PER_TURN: usize = 200;

impl FeedLease {
    /// What to deliver, from the member and the events after `version_sent`.
    pub(super) fn item(self, loaded: Loaded, mut events: Vec<StoredEvent>) -> FeedItem {
        let Self { brand, version_due, attempt, .. } = self;
        let version_due = match events.get(EVENTS_PER_TURN - 1) {
            Some(last) if events.len() > EVENTS_PER_TURN => last.version,
            _ => version_due,
        };
        events.truncate(EVENTS_PER_TURN);
        FeedItem { brand, member: loaded.member, person: loaded.person, events, version_due, attempt }
    }
}

impl Store {
    /// Leases members whose feed is due, oldest first. Each counts as one attempt.
    pub async fn lease_feeds(
        &self,
        destination: &'static str,
        limit: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FeedItem>, StoreError> {
        match self {
            Self::Sqlite(db) => db.lease_feeds(destination, limit, now, until).await,
            Self::Postgres(db) => db.lease_feeds(destination, limit, now, until).await,
        }
    }

    /// Settles feeds of one turn. Whoever held a lease too long, so that another turn leased it, settles nothing but a success.
    pub async fn settle_feeds(
        &self,
        destination: &'static str,
        settled: Vec<(&FeedItem, Settled)>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.settle_feeds(destination, settled).await,
            Self::Postgres(db) => db.settle_feeds(destination, settled).await,
        }
    }

    /// Leases what is due, oldest first; what is no longer worth doing expires instead. Each counts as one attempt.
    pub async fn lease_intents(
        &self,
        destination: &'static str,
        limit: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<IntentItem>, StoreError> {
        match self {
            Self::Sqlite(db) => db.lease_intents(destination, limit, now, until).await,
            Self::Postgres(db) => db.lease_intents(destination, limit, now, until).await,
        }
    }

    /// Settles intents of one turn, by id. One that is over already is only changed by a success.
    pub async fn settle_intents(&self, settled: Vec<(String, Settled)>) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.settle_intents(settled).await,
            Self::Postgres(db) => db.settle_intents(settled).await,
        }
    }

    /// Makes due at once what this connector held in its last life: leases end at most `lease` from now. A retry that is due
    /// as soon is only brought forward. On PostgreSQL what other connectors hold stays theirs.
    pub async fn release_leases(&self, now: Timestamp, lease: Duration) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.release_leases(now, lease).await,
            Self::Postgres(db) => db.release_leases(now, lease).await,
        }
    }

    /// The instant of the next due delivery of a destination, leased ones included.
    pub async fn next_due(&self, destination: &'static str) -> Result<Option<Timestamp>, StoreError> {
        match self {
            Self::Sqlite(db) => db.next_due(destination).await,
            Self::Postgres(db) => db.next_due(destination).await,
        }
    }

    /// Makes a feed due for every member there is: the first projection of a new destination.
    pub async fn feed_everybody(&self, destination: &'static str, now: Timestamp) -> Result<usize, StoreError> {
        match self {
            Self::Sqlite(db) => db.feed_everybody(destination, now).await,
            Self::Postgres(db) => db.feed_everybody(destination, now).await,
        }
    }

    /// Forgets what a destination was told: it lost it.
    pub async fn forget_feeds(&self, destination: &'static str) -> Result<usize, StoreError> {
        match self {
            Self::Sqlite(db) => db.forget_feeds(destination).await,
            Self::Postgres(db) => db.forget_feeds(destination).await,
        }
    }

    /// The instant since which the oldest delivery of a brand has been due; a lease moves it.
    pub async fn oldest_due(&self, brand: &str, destination: &'static str) -> Result<Option<Timestamp>, StoreError> {
        match self {
            Self::Sqlite(db) => db.oldest_due(brand, destination).await,
            Self::Postgres(db) => db.oldest_due(brand, destination).await,
        }
    }

    /// How many rows of a brand there are by destination and state, in that order, for the console and the metrics.
    pub async fn delivery_counts(&self, brand: &str) -> Result<Vec<(String, String, u64)>, StoreError> {
        match self {
            Self::Sqlite(db) => db.delivery_counts(brand).await,
            Self::Postgres(db) => db.delivery_counts(brand).await,
        }
    }
}
