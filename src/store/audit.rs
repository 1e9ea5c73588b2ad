//! The whole ledger, member by member, for checks that read everything.

use jiff::Timestamp;
use serde_json::Value;

use super::{EventRow, Person, Store, StoreError};
use crate::{
    clock::from_micros,
    loyalty::{Member, Order},
};

/// One member's whole stream with the documents that are kept.
#[derive(Debug)]
pub struct Stream {
    pub brand: String,
    pub member: String,
    pub rows: Vec<EventRow>,
    /// The document as reads see it: snapshot plus recorded changes.
    pub document: Option<Member>,
    /// What the member told of itself.
    pub person: Person,
    pub orders: Vec<Order>,
}

impl Store {
    /// Members by brand.
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
