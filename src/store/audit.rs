//! The whole ledger, member by member, for checks that read everything.

use jiff::Timestamp;
use serde_json::Value;

use super::{EventRow, Store, StoreError};
use crate::{
    clock::from_micros,
    loyalty::{Member, Order},
    values::person::Person,
};

/// One member's whole stream with the documents that are kept.
#[derive(Debug, Clone)]
pub struct Stream {
    pub brand: String,
    pub member: String,
    pub rows: Vec<EventRow>,
    /// The document as reads see it: snapshot plus recorded changes.
    pub document: Option<Member>,
    /// When the member is looked at again, as the alarm has it.
    pub alarm: Option<Timestamp>,
    /// What the member told of itself.
    pub person: Person,
    pub orders: Vec<Order>,
}

pub(super) const STREAMS: &str = "SELECT brand, member FROM event WHERE version = 1 ORDER BY brand, member";
pub(super) const MEMBERS: &str = "SELECT brand, COUNT(*) FROM person GROUP BY brand ORDER BY brand";
pub(super) const PLACE: &str = "SELECT member, version FROM event WHERE brand = $1 AND source = $2 AND id = $3";
pub(super) const SHARED: &str = "SELECT brand, key, used, version FROM shared ORDER BY brand, key";

impl Store {
    /// How many members each brand has, by brand.
    pub async fn members(&self) -> Result<Vec<(String, u64)>, StoreError> {
        match self {
            Self::Sqlite(db) => db.members().await,
            Self::Postgres(db) => db.members().await,
        }
    }

    /// `(brand, member)` of every member with events, in order.
    pub async fn streams(&self) -> Result<Vec<(String, String)>, StoreError> {
        match self {
            Self::Sqlite(db) => db.streams().await,
            Self::Postgres(db) => db.streams().await,
        }
    }

    /// Everything the ledger keeps of one member, in one consistent read.
    pub async fn stream(&self, brand: &str, member: &str) -> Result<Stream, StoreError> {
        let streams = self.streams_of(vec![(brand.to_owned(), member.to_owned())]).await?;
        streams.into_iter().next().ok_or(StoreError::Closed)
    }

    /// The same of several members, each consistent in itself.
    pub async fn streams_of(&self, members: Vec<(String, String)>) -> Result<Vec<Stream>, StoreError> {
        match self {
            Self::Sqlite(db) => db.streams_of(members).await,
            Self::Postgres(db) => db.streams_of(members).await,
        }
    }
}

impl Store {
    /// The member and the version of an event, by who told it and its id there.
    pub async fn place_of_event(
        &self,
        brand: &str,
        source: &str,
        id: &str,
    ) -> Result<Option<(String, u64)>, StoreError> {
        match self {
            Self::Sqlite(db) => db.place_of_event(brand, source, id).await,
            Self::Postgres(db) => db.place_of_event(brand, source, id).await,
        }
    }

    /// The member and the version of the event that holds an entry whose id does not say so, as those of the first engine:
    /// reads the events of the brand until it is found.
    pub async fn place_of_entry(&self, brand: &str, id: &str) -> Result<Option<(String, u64)>, StoreError> {
        let part = format!("{}:{}", Value::from("id"), Value::from(id));
        match self {
            Self::Sqlite(db) => db.place_of(brand, part).await,
            Self::Postgres(db) => db.place_of(brand, part).await,
        }
    }
}

/// What many members use of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedCount {
    pub used: i64,
    pub version: u64,
}

/// What the database says of itself.
#[derive(Debug, Default)]
pub struct Integrity {
    pub damage: Vec<String>,
    /// What it cannot be asked, and what to do for it.
    pub not_asked: Option<String>,
}

impl Store {
    /// Every shared count, in order of brand and key.
    pub async fn shared_counts(&self) -> Result<Vec<((String, String), SharedCount)>, StoreError> {
        match self {
            Self::Sqlite(db) => db.shared_counts().await,
            Self::Postgres(db) => db.shared_counts().await,
        }
    }

    /// `(table, member)` of rows whose member has no first event.
    pub async fn rows_of_nobody(&self) -> Result<Vec<(String, String)>, StoreError> {
        match self {
            Self::Sqlite(db) => db.rows_of_nobody().await,
            Self::Postgres(db) => db.rows_of_nobody().await,
        }
    }

    /// Asks the database whether its own files and indexes are whole. Reads everything.
    pub async fn integrity(&self) -> Result<Integrity, StoreError> {
        match self {
            Self::Sqlite(db) => db.integrity().await,
            Self::Postgres(db) => db.integrity().await,
        }
    }
}

/// Tables with the column that names the member.
pub(super) const OF_MEMBERS: [(&str, &str); 5] =
    [("event", "member"), ("member", "id"), ("\"order\"", "member"), ("identity", "member"), ("person", "member")];

/// Rows of one of these tables whose member has no first event.
pub(super) fn of_nobody((table, member): (&str, &str)) -> String {
    format!(
        "SELECT DISTINCT t.{member} FROM {table} t WHERE NOT EXISTS \
         (SELECT 1 FROM event e WHERE e.brand = t.brand AND e.member = t.{member} AND e.version = 1) ORDER BY 1 LIMIT 100"
    )
}

/// The newest row of one member's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub member: String,
    pub version: u64,
    pub chain: String,
}

impl Store {
    /// The instant of a brand's last event.
    pub async fn newest_recorded(&self, brand: &str) -> Result<Option<Timestamp>, StoreError> {
        let micros = match self {
            Self::Sqlite(db) => db.newest_recorded(brand).await?,
            Self::Postgres(db) => db.newest_recorded(brand).await?,
        };
        Ok(micros.map(from_micros))
    }

    /// The position of a brand's last event; 0 when there is none.
    pub async fn last_event(&self, brand: &str) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(db) => db.last_event(brand).await,
            Self::Postgres(db) => db.last_event(brand).await,
        }
    }

    /// The head of every member as it was after the event at position `until`, in order of member.
    pub async fn heads(&self, brand: &str, until: u64) -> Result<Vec<Head>, StoreError> {
        match self {
            Self::Sqlite(db) => db.heads(brand, until).await,
            Self::Postgres(db) => db.heads(brand, until).await,
        }
    }
}
