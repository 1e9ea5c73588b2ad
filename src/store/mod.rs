//! The store behind its one door: events with their entries, documents, orders, feeds, intents, keys, programme versions.
//! Guarantees: a batch is committed whole or not at all, and is durable when `commit` returns. Reads see committed state.
//! It decides nothing.

pub mod audit;
pub mod batch;
mod dead_letters;
pub mod deliveries;
pub mod find;
mod keys;
pub mod messages;
pub mod programmes;
mod reads;
pub mod record;
pub mod seal;
pub mod shared;
pub mod sqlite;
pub mod writer;

use std::path::Path;

pub use batch::Batch;
pub use dead_letters::DeadLetter;
pub use deliveries::{FeedItem, IntentItem, Settled};
pub use keys::ApiKey;
pub use reads::{EventSummary, MemberHit, MessageRow, StatementRow, StoredEvent};
pub use record::EventRow;
pub use sqlite::Sqlite;
pub use writer::{Accepted, Incoming, NotAccepted, Person, Who, Writer};

/// A store that could not do it. Nothing was changed by the call that returns it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database refused: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the database holds something unreadable: {0}")]
    Content(#[from] serde_json::Error),
    #[error("the database could not be brought up to date: {0}")]
    Migration(String),
    #[error("somebody else changed {0} meanwhile")]
    Raced(String),
    #[error("the store has been closed")]
    Closed,
}

/// Where everything is kept. PostgreSQL joins as a second variant.
#[derive(Clone)]
pub enum Store {
    Sqlite(Sqlite),
}

impl Store {
    /// Opens `loyalty.db` in the data folder, creating or migrating it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self::Sqlite(Sqlite::open(&folder.join("loyalty.db"))?))
    }
}
