//! Messages as they went out, and the mark made before one is sent: after a crash or a lost answer it tells since when a
//! message may have gone out.

use jiff::Timestamp;

use super::{MessageRow, Store, StoreError};
use crate::{
    loyalty::{event::TextWritten, personal::open_written},
    values::seal::{open, seal_text},
};

/// `via` of a message that is on its way, or whose answer was lost.
pub const SENDING: &str = "sending";

/// The same id again changes nothing, except that its mark becomes the message.
pub(super) const KEEP: &str = "INSERT INTO message (id, brand, member, channel, recipient, subject, body, sent_at, via) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET recipient = excluded.recipient, \
    subject = excluded.subject, body = excluded.body, sent_at = excluded.sent_at, via = excluded.via \
    WHERE message.via = 'sending'";
pub(super) const WENT_OUT: &str = "SELECT 1 FROM message WHERE id = $1 AND via <> 'sending'";
pub(super) const IN_DOUBT: &str = "SELECT sent_at FROM message WHERE id = $1 AND via = 'sending'";
pub(super) const NOT_SENT: &str = "DELETE FROM message WHERE id = $1 AND via = 'sending'";
pub(super) const STATE: &str = "SELECT state FROM intent WHERE id = $1";
pub(super) const NEWEST: &str = "SELECT id, brand, member, channel, recipient, subject, body, sent_at, via, \
    (SELECT key FROM person p WHERE p.brand = message.brand AND p.member = message.member) FROM message \
    WHERE brand = $1 ORDER BY sent_at DESC, id DESC LIMIT $2";

impl Store {
    /// Keeps a message as it went out, sealed with its member's key. The same id again changes nothing, except that its mark
    /// becomes the message.
    pub async fn keep_message(&self, mut message: MessageRow, key: &[u8; 32]) -> Result<(), StoreError> {
        // With its instant: a message that is tried again may say other words, and no nonce is used for two texts.
        let identity = format!("message/{}/{}/{}", message.id, message.via, message.sent_at);
        let texts =
            [("recipient", &mut message.recipient), ("subject", &mut message.subject), ("body", &mut message.body)];
        for (field, text) in texts {
            *text = seal_text(key, &identity, field, text);
        }
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

    /// The newest messages of a brand; of a member whose key is gone there is nothing left to read.
    pub async fn messages(&self, brand: &str, limit: usize) -> Result<Vec<MessageRow>, StoreError> {
        let sealed = match self {
            Self::Sqlite(db) => db.messages(brand, limit).await,
            Self::Postgres(db) => db.messages(brand, limit).await,
        }?;
        Ok(sealed.into_iter().map(|(message, key)| opened(message, key)).collect())
    }

    /// The newest text written about one cause; `about` is brand, member, cause and text id, `key` the member's.
    pub async fn text_written(
        &self,
        about: [&str; 4],
        key: Option<&[u8; 32]>,
    ) -> Result<Option<TextWritten>, StoreError> {
        let written = match self {
            Self::Sqlite(db) => db.text_written(about).await,
            Self::Postgres(db) => db.text_written(about).await,
        }?;
        Ok(written.and_then(|text| open_written(text, key)))
    }
}

fn opened(mut message: MessageRow, key: Option<Vec<u8>>) -> MessageRow {
    let key: Option<[u8; 32]> = key.and_then(|key| key.try_into().ok());
    let texts = [("recipient", &mut message.recipient), ("subject", &mut message.subject), ("body", &mut message.body)];
    for (field, text) in texts {
        *text = open(text, key.as_ref(), field).unwrap_or_default();
    }
    message
}
