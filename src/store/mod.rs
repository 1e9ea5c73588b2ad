//! The store behind its one door: events with their entries, documents, orders, feeds, intents, keys, programme versions.
//! Guarantees: a batch is committed whole or not at all, and is durable when `commit` returns. Reads see committed state.
//! It decides nothing.

pub mod audit;
pub mod backup;
pub mod batch;
pub mod counters;
mod counting;
mod dead_letters;
pub mod deliveries;
pub mod duplicates;
pub mod engine;
pub mod find;
mod keys;
pub mod messages;
pub mod names;
pub mod news;
pub mod parked;
pub mod past;
mod postgres;
pub mod progress;
pub mod published;
mod reads;
pub mod row_counts;
pub mod rows;
pub mod search;
pub mod sqlite;
mod sweep;
pub mod top_spend;
mod trouble;
pub mod window;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::SecretString;

use crate::values::count::counted;

pub use batch::Batch;
pub use dead_letters::DeadLetter;
pub use deliveries::{FeedItem, IntentItem, Settled};
pub use keys::ApiKey;
pub use news::News;
pub use postgres::Postgres;
pub use reads::{EventSummary, MemberHit, MessageRow, StatementRow, StoredEvent};
pub use rows::EventRow;
pub use sqlite::Sqlite;
pub use trouble::not_known;

/// A store that could not do it. Nothing was changed by the call that returns it, unless it is [`StoreError::NotKnown`]: then
/// the same event sent again tells.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database refused: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the database refused: {}", innermost(.0))]
    Postgres(#[from] tokio_postgres::Error),
    #[error("the database cannot be reached: {}", innermost(.0))]
    Unreachable(#[from] deadpool_postgres::PoolError),
    /// Asked for and not answered. The connection was left.
    #[error("the database did not answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// A COMMIT broke off, or its answer never came: it may have been done.
    #[error("it is not known whether a commit was done: {0}")]
    NotKnown(Box<StoreError>),
    #[error("{0}")]
    Unusable(String),
    #[error("the database holds something unreadable: {0}")]
    Content(#[from] serde_json::Error),
    #[error("the database could not be brought up to date: {0}")]
    Migration(String),
    /// A newer program has written to it.
    #[error(
        "{name} is of version {version}, loyalty {program} knows up to version {known}: start the newer program that wrote it, \
         or restore the backup made before the upgrade (docs/OPERATIONS.md, \"Upgrade\")",
        program = env!("CARGO_PKG_VERSION")
    )]
    Newer { name: String, version: usize, known: usize },
    /// A newer connector published a version of the programme that this one cannot read.
    #[error(
        "programme v{number} of {brand}: {reason}. Start the newer program everywhere (docs/OPERATIONS.md, \"Upgrade\")"
    )]
    ProgrammeTooNew { brand: String, number: u32, reason: String },
    #[error("somebody else changed {0} meanwhile")]
    Raced(String),
    /// Another connector was faster with these members `(brand, id)`. Nothing was written.
    #[error("another connector was faster with {}", counted(.0.len(), "member"))]
    Lost(Vec<(String, String)>),
    /// More is used of these `(brand, key)` than was thought by whoever did not look. Nothing was written: looked at, it goes.
    #[error("{} is near", counted(.0.len(), "limit"))]
    Near(Vec<(String, String)>),
    /// Its transaction was rolled back.
    #[error("a job of the store panicked")]
    Panicked,
    #[error("the store has been closed")]
    Closed,
}

/// The innermost cause: the outer ones only say that there was an error.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// A count, a version or a limit as databases keep it: what is beyond is as much as can be.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Where everything is kept.
#[derive(Clone)]
pub enum Store {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// A PostgreSQL database that several connectors share.
pub struct Shared {
    pub url: SecretString,
    /// Certificates to trust besides the machine's.
    pub ca_certificates: Option<PathBuf>,
    /// Connections beside the writer's own.
    pub connections: usize,
    /// Names this connector among those that share the database; the same one after a restart.
    pub name: String,
}

impl Store {
    /// Opens `loyalty.db` in the data folder, creating or migrating it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self::Sqlite(Sqlite::open(&folder.join(backup::DATABASE))?))
    }

    /// Connects to PostgreSQL, creating or migrating the tables.
    pub async fn share(shared: &Shared) -> Result<Self, StoreError> {
        Ok(Self::Postgres(Postgres::open(shared).await?))
    }

    /// For going through everything once: pages of the file are looked at where the machine has them, not copied. Not for a
    /// service, whose memory they would count as.
    #[must_use]
    pub fn read_in_place(self) -> Self {
        match self {
            Self::Sqlite(db) => Self::Sqlite(db.read_in_place()),
            Self::Postgres(db) => Self::Postgres(db),
        }
    }

    /// Moves everything into the file before the process ends. Whoever still writes finds it open.
    pub async fn close(&self) {
        if let Self::Sqlite(db) = self {
            db.last_checkpoint().await;
        }
    }

    /// Whether other connectors may write beside this one.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}
