//! What the writer must know before it can decide a batch: known ids, identities, orders, and members' documents.

use std::{collections::BTreeSet, sync::Arc};

use super::{Store, StoreError};
use crate::{
    loyalty::{
        Member, Order,
        order::Revision,
        receipt::{Receipt, StoredReceipt},
    },
    values::person::Person,
};

/// One event's question.
#[derive(Debug, Clone)]
pub struct Question {
    pub brand: String,
    pub source: String,
    pub id: String,
    /// Left out when its order is known already.
    pub order_id: Option<String>,
    /// What the order's states are ordered by, where this is one.
    pub revision: Option<Revision>,
    /// `(kind, keyed hash)`, strongest first; without those whose owner is known already.
    pub identities: Vec<(&'static str, String)>,
}

impl Question {
    /// Whether this state was never here, told by its order alone: each accepted state leaves the order as new as itself.
    pub fn is_news_for(&self, order: Option<&Order>) -> bool {
        let newer = |than: &Revision| order.is_none_or(|order| order.is_news(than));
        self.revision.as_ref().is_some_and(newer)
    }
}

/// The answer to one question.
#[derive(Debug, Default)]
pub struct Found {
    pub known: Option<Known>,
    pub order: Option<Arc<Order>>,
    /// Owner of each identity asked for.
    pub owners: Vec<Option<String>>,
}

/// An event that was accepted before.
#[derive(Debug, Clone)]
pub struct Known {
    pub member: String,
    pub hash: String,
    pub receipt: Receipt,
}

impl Known {
    /// From its row: the event's id and its order's, the member and the hash; entries and receipt as text.
    pub(super) fn read(
        event: (&str, Option<&str>),
        (member, hash): (String, String),
        (entries, receipt): (&str, &str),
    ) -> Result<Self, serde_json::Error> {
        let kept: StoredReceipt<'_> = serde_json::from_str(receipt)?;
        let receipt = kept.whole(event, &member, &serde_json::from_str::<Vec<_>>(entries)?);
        Ok(Self { member, hash, receipt })
    }
}

/// A member's document with what the person row holds.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub member: Member,
    pub key: Option<[u8; 32]>,
    pub person: Person,
    /// Events that were read on top of the snapshot to load it.
    pub behind: u32,
}

impl Store {
    /// Answers in the order asked.
    pub async fn find(&self, questions: Vec<Question>) -> Result<Vec<Found>, StoreError> {
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Self::Sqlite(db) => db.find(questions).await,
            Self::Postgres(db) => db.find(questions).await,
        }
    }

    /// Loads members by `(brand, id)`; absent ones are `None`.
    pub async fn load(&self, members: Vec<(String, String)>) -> Result<Vec<Option<Loaded>>, StoreError> {
        match self {
            Self::Sqlite(db) => db.load(members).await,
            Self::Postgres(db) => db.load(members).await,
        }
    }

    /// Those of these members whose document has moved on since that version: another connector wrote them.
    pub async fn stale(&self, members: Vec<((String, String), u64)>) -> Result<Vec<(String, String)>, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(Vec::new()), // nobody else writes
            Self::Postgres(db) => db.stale(members).await,
        }
    }

    /// The committed document of one member.
    pub async fn member(&self, brand: &str, id: &str) -> Result<Option<Loaded>, StoreError> {
        match self {
            Self::Sqlite(db) => db.member(brand, id).await,
            Self::Postgres(db) => db.member(brand, id).await,
        }
    }

    /// The same, or the one that it turned out to be; an error while two are just being joined.
    pub async fn led(&self, brand: &str, mut id: String) -> Result<Option<Loaded>, StoreError> {
        let mut seen = BTreeSet::new();
        while seen.insert(id.clone()) {
            let loaded = self.member(brand, &id).await?;
            match loaded.as_ref().and_then(|loaded| loaded.member.merged_into.clone()) {
                Some(into) => id = into,
                None => return Ok(loaded),
            }
        }
        Err(StoreError::Raced("who the member is".to_owned()))
    }

    /// The member that owns an identity.
    pub async fn owner(&self, brand: &str, kind: &'static str, hash: String) -> Result<Option<String>, StoreError> {
        match self {
            Self::Sqlite(db) => db.owner(brand, kind, hash).await,
            Self::Postgres(db) => db.owner(brand, kind, hash).await,
        }
    }

    /// The kept document of one order.
    pub async fn order(&self, brand: &str, id: &str) -> Result<Option<Order>, StoreError> {
        match self {
            Self::Sqlite(db) => db.order(brand, id).await,
            Self::Postgres(db) => db.order(brand, id).await,
        }
    }
}
