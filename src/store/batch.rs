//! What one commit writes. Everything in it stands or falls together.

use std::{collections::BTreeSet, sync::Arc};

use super::{EventRow, Store, StoreError, find::Loaded, names::NameRow};
use crate::{
    loyalty::intent::Intent,
    store::{
        counters::{Alone, CountRow},
        parked::{ParkedName, ParkedRow},
    },
};

/// One commit.
#[derive(Debug, Default)]
pub struct Batch {
    pub events: Vec<EventRow>,
    /// Orders, each only over the version before it.
    pub orders: Vec<OrderRow>,
    /// Snapshots of members' documents.
    pub members: Vec<(String, Arc<Loaded>)>,
    pub identities: Vec<IdentityRow>,
    /// Identities that lead to nobody any more.
    pub released: Vec<IdentityRow>,
    pub persons: Vec<PersonRow>,
    pub feeds: Vec<FeedMark>,
    pub intents: Vec<IntentRow>,
    pub conflicts: Vec<ConflictRow>,
    pub duplicates: Vec<DuplicateRow>,
    pub settled: Vec<SettledRow>,
    pub counts: Vec<CountRow>,
    pub parked: Vec<ParkedRow>,
    /// What waits no more; of this batch it is taken out before that which waits is put in.
    pub unparked: Vec<ParkedName>,
    /// Names that came for the first time.
    pub names: Vec<NameRow>,
    /// Held until the commit is done, where it changes what many members share.
    pub alone: Option<Alone>,
}

/// One row of the table `order`: the document and what it is found by.
#[derive(Debug, PartialEq, Eq)]
pub struct OrderRow {
    pub brand: String,
    pub id: String,
    pub member: String,
    pub version: u64,
    pub document: String,
}

#[derive(Debug, PartialEq, Eq)]
pub struct IdentityRow {
    pub brand: String,
    pub kind: &'static str,
    pub hash: String,
    pub member: String,
}

#[derive(Debug)]
pub struct PersonRow {
    pub brand: String,
    pub member: String,
    pub key: [u8; 32],
    pub facts: String,
    /// Words by which the member is found from now on, and by which no more.
    pub words_new: BTreeSet<String>,
    pub words_gone: BTreeSet<String>,
}

/// A destination has news of a member.
#[derive(Debug)]
pub struct FeedMark {
    pub destination: &'static str,
    pub brand: String,
    pub member: String,
    pub version: u64,
    pub due_at: i64,
}

#[derive(Debug)]
pub struct IntentRow {
    pub brand: String,
    pub member: String,
    pub version: u64,
    pub due_at: i64,
    pub intent: Intent,
}

#[derive(Debug)]
pub struct ConflictRow {
    pub brand: String,
    pub source: String,
    pub id: String,
    pub recorded_at: i64,
    pub detail: String,
}

/// Two members that may be one person: an identity of one was given for the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateRow {
    pub brand: String,
    /// The one with the smaller id.
    pub member: String,
    pub other: String,
    /// Of the identity.
    pub kind: &'static str,
    pub recorded_at: i64,
}

impl DuplicateRow {
    /// A pair is the same whichever of the two is named first.
    pub fn of(brand: &str, mut pair: [String; 2], kind: &'static str, recorded_at: i64) -> Self {
        pair.sort_unstable();
        let [member, other] = pair;
        Self { brand: brand.to_owned(), member, other, kind, recorded_at }
    }
}

/// A pair of which it is known: `merged`, or `apart`.
#[derive(Debug)]
pub struct SettledRow {
    pub pair: DuplicateRow,
    pub state: &'static str,
}

impl Store {
    /// Commits the batch. After `Ok` it is durable.
    pub async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.commit(batch).await,
            Self::Postgres(db) => db.commit(batch).await,
        }
    }
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.conflicts.is_empty() && self.names.is_empty()
    }

    /// Whether it makes something due for a destination.
    pub fn has_news(&self) -> bool {
        !self.feeds.is_empty() || !self.intents.is_empty()
    }

    /// Takes over everything of another batch.
    pub fn absorb(&mut self, other: Self) {
        self.events.extend(other.events);
        self.orders.extend(other.orders);
        self.members.extend(other.members);
        // What came to a member and left it again, is not its own at the end.
        self.identities.retain(|known| !other.released.iter().any(|row| row == known));
        self.identities.extend(other.identities);
        self.released.extend(other.released);
        self.persons.extend(other.persons);
        self.feeds.extend(other.feeds);
        self.intents.extend(other.intents);
        self.conflicts.extend(other.conflicts);
        self.duplicates.extend(other.duplicates);
        self.settled.extend(other.settled);
        self.counts.extend(other.counts);
        self.parked.retain(|row| !other.unparked.iter().any(|gone| gone.names(row)));
        self.parked.extend(other.parked);
        self.unparked.extend(other.unparked);
        self.names.extend(other.names);
    }
}
