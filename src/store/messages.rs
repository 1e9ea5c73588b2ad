//! Messages as they went out, and the mark made before one is sent: after a crash or a lost answer it tells since when a
//! message may have gone out.

use jiff::Timestamp;

use super::{MessageRow, Store, StoreError};
use crate::loyalty::event::TextWritten;

/// `via` of a message that is on its way, or whose answer was lost.
pub const SENDING: &str = "sending";

impl Store {
    /// Keeps a message as it went out. The same id again changes nothing, except that its mark becomes the message.
    pub async fn keep_message(&self, message: MessageRow) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.keep_message(message).await,
            Self::Postgres(db) => db.keep_message(message).await,
        }
    }

    /// Whether a message is known to have gone out.
    pub async fn went_out(&self, id: &str) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(db) => db.went_out(id).await,
            Self::Postgres(db) => db.went_out(id).await,
        }
    }

    /// Since when a message may have gone out without our knowing.
    pub async fn in_doubt_since(&self, id: &str) -> Result<Option<Timestamp>, StoreError> {
        match self {
            Self::Sqlite(db) => db.in_doubt_since(id).await,
            Self::Postgres(db) => db.in_doubt_since(id).await,
        }
    }

    /// Takes the mark away: it is certain that the message did not go out.
    pub async fn was_not_sent(&self, id: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(db) => db.was_not_sent(id).await,
            Self::Postgres(db) => db.was_not_sent(id).await,
        }
    }

    /// How one intent stands: `due`, `done`, `dead`, `unknown` or `expired`; `None` when there is no such.
    pub async fn intent_state(&self, id: &str) -> Result<Option<String>, StoreError> {
        match self {
            Self::Sqlite(db) => db.intent_state(id).await,
            Self::Postgres(db) => db.intent_state(id).await,
        }
    }

    /// The newest text written about one cause; the key is brand, member, cause and text id.
    pub async fn text_written(&self, key: [&str; 4]) -> Result<Option<TextWritten>, StoreError> {
        match self {
            Self::Sqlite(db) => db.text_written(key).await,
            Self::Postgres(db) => db.text_written(key).await,
        }
    }
}
