//! What people and other systems ask: statements, recent events, members by name or number, stored events, messages.

use jiff::Timestamp;

use super::{Store, StoreError};
use crate::loyalty::{
    Event, Member,
    entry::Entry,
    intent::Intent,
    receipt::{Receipt, StoredReceipt},
};

/// One accepted event as it is stored, with its decision.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    pub version: u64,
    pub event: Event,
    pub member: String,
    pub recorded_at: Timestamp,
    pub entries: Vec<Entry>,
    pub receipt: Receipt,
}

impl StoredEvent {
    /// From an event and what its row says of the decision, as text.
    pub fn read(
        event: Event,
        (member, version): (String, u64),
        recorded_at: Timestamp,
        (entries, receipt): (&str, &str),
    ) -> Result<Self, serde_json::Error> {
        let entries: Vec<Entry> = serde_json::from_str(entries)?;
        let kept: StoredReceipt<'_> = serde_json::from_str(receipt)?;
        let receipt = kept.whole((&event.id, event.fact.order_id()), &member, &entries);
        Ok(Self { version, event, member, recorded_at, entries, receipt })
    }
}

/// One line of a statement.
#[derive(Debug, Clone)]
pub struct StatementRow {
    pub entry: Entry,
    pub version: u64,
    pub occurred_at: Timestamp,
    /// Why somebody did it by hand, sealed with the member's key.
    pub reason: Option<String>,
    /// The names of the keys of whoever gave, and of whoever agreed.
    pub by: Option<String>,
    pub agreed: Option<String>,
}

/// One line of the console's list of events.
#[derive(Debug, Clone)]
pub struct EventSummary {
    pub stored: StoredEvent,
    pub name: Option<String>,
    /// Whether the member is one for trying things out.
    pub test: bool,
    /// `(destination, state)` of what it led to.
    pub deliveries: Vec<(String, String)>,
}

/// One member found by a search.
#[derive(Debug, Clone)]
pub struct MemberHit {
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub external_id: Option<String>,
}

/// One message as it went out, or as it would have.
#[derive(Debug, Clone)]
pub struct MessageRow {
    pub id: String,
    pub brand: String,
    pub member: String,
    pub channel: String,
    pub recipient: String,
    pub subject: String,
    pub body: String,
    pub sent_at: Timestamp,
    /// `brevo`, `preview`, or `sending` while it is not certain that it went out.
    pub via: String,
}

/// What became of an event: where its member stands after that version, and what the event itself asked for.
pub(super) const DELIVERIES: &str = "SELECT destination, CASE WHEN version_sent >= $1 THEN 'sent' ELSE state END FROM feed \
    WHERE brand = $2 AND member = $3 AND version_due >= $1 \
    UNION ALL SELECT destination, state FROM intent WHERE brand = $2 AND member = $3 AND version = $1 ORDER BY 1, 2";
pub(super) const INTENTS: &str = "SELECT id, action, valid_until, state FROM intent \
    WHERE brand = $1 AND member = $2 AND version = $3 ORDER BY id";

impl Store {
    /// Entries of a member, newest first, from the event before `cursor` (a version) on, in whole events; at least
    /// `limit` entries unless there are no more.
    pub async fn statement_rows(
        &self,
        brand: &str,
        member: &str,
        cursor: Option<u64>,
        limit: usize,
    ) -> Result<Vec<StatementRow>, StoreError> {
        match self {
            Self::Sqlite(db) => db.statement_rows(brand, member, cursor, limit).await,
            Self::Postgres(db) => db.statement_rows(brand, member, cursor, limit).await,
        }
    }

    /// The same with the document the newest returned entry led to.
    pub async fn statement(
        &self,
        brand: &str,
        member: &str,
        cursor: Option<u64>,
        limit: usize,
    ) -> Result<(Vec<StatementRow>, Option<Member>), StoreError> {
        let rows = self.statement_rows(brand, member, cursor, limit).await?;
        let document = match rows.first() {
            Some(newest) => self.member_at(brand, member, newest.version).await?,
            None => None,
        };
        Ok((rows, document))
    }

    /// One stored event by its identity.
    pub async fn event(&self, brand: &str, source: &str, id: &str) -> Result<Option<StoredEvent>, StoreError> {
        match self {
            Self::Sqlite(db) => db.event(brand, source, id).await,
            Self::Postgres(db) => db.event(brand, source, id).await,
        }
    }

    /// A member's events of these kinds, newest first.
    pub async fn events_of(&self, brand: &str, member: &str, kinds: &[&str]) -> Result<Vec<StoredEvent>, StoreError> {
        match self {
            Self::Sqlite(db) => db.events_of(brand, member, kinds).await,
            Self::Postgres(db) => db.events_of(brand, member, kinds).await,
        }
    }

    /// The tier a member stood in after that version; `None` when there was no such event.
    pub async fn tier_after(&self, brand: &str, member: &str, version: u64) -> Result<Option<String>, StoreError> {
        match self {
            Self::Sqlite(db) => db.tier_after(brand, member, version).await,
            Self::Postgres(db) => db.tier_after(brand, member, version).await,
        }
    }

    /// The newest events of a brand with what each led to, newest first.
    pub async fn recent_events(&self, brand: &str, limit: usize) -> Result<Vec<EventSummary>, StoreError> {
        match self {
            Self::Sqlite(db) => db.recent_events(brand, limit).await,
            Self::Postgres(db) => db.recent_events(brand, limit).await,
        }
    }

    /// Ids of a member's orders after `cursor`, in order of id.
    pub async fn orders_of(
        &self,
        brand: &str,
        member: &str,
        cursor: &str,
        limit: usize,
    ) -> Result<Vec<crate::loyalty::Order>, StoreError> {
        match self {
            Self::Sqlite(db) => db.orders_of(brand, member, cursor, limit).await,
            Self::Postgres(db) => db.orders_of(brand, member, cursor, limit).await,
        }
    }

    /// Intents that an event caused, whatever their state, in order of id.
    pub async fn intents_of(
        &self,
        brand: &str,
        member: &str,
        version: u64,
    ) -> Result<Vec<(Intent, String)>, StoreError> {
        match self {
            Self::Sqlite(db) => db.intents_of(brand, member, version).await,
            Self::Postgres(db) => db.intents_of(brand, member, version).await,
        }
    }
}
