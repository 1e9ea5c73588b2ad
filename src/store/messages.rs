//! Messages as they went out, and the mark made before one is sent: after a crash or a lost answer it tells since when a
//! message may have gone out.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{MessageRow, Store, StoreError};
use crate::{
    clock::{from_micros, to_micros},
    loyalty::event::TextWritten,
};

/// `via` of a message that is on its way, or whose answer was lost.
pub const SENDING: &str = "sending";

impl Store {
    /// Keeps a message as it went out. The same id again changes nothing, except that its mark becomes the message.
    pub async fn keep_message(&self, message: MessageRow) -> Result<(), StoreError> {
        let Self::Sqlite(db) = self;
        db.write(move |connection| {
            connection.execute(
                "INSERT INTO message (id, brand, member, channel, recipient, subject, body, sent_at, via) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO UPDATE SET \
                 sent_at = excluded.sent_at, via = excluded.via, body = excluded.body WHERE message.via = 'sending'",
                params![
                    message.id,
                    message.brand,
                    message.member,
                    message.channel,
                    message.recipient,
                    message.subject,
                    message.body,
                    to_micros(message.sent_at),
                    message.via
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// Whether a message is known to have gone out.
    pub async fn went_out(&self, id: &str) -> Result<bool, StoreError> {
        let Self::Sqlite(db) = self;
        let id = id.to_owned();
        db.read(move |connection| {
            let select = "SELECT EXISTS (SELECT 1 FROM message WHERE id = ?1 AND via <> 'sending')";
            Ok(connection.prepare_cached(select)?.query_row([id], |row| row.get(0))?)
        })
        .await
    }

    /// Since when a message may have gone out without our knowing.
    pub async fn in_doubt_since(&self, id: &str) -> Result<Option<Timestamp>, StoreError> {
        let Self::Sqlite(db) = self;
        let id = id.to_owned();
        db.read(move |connection| {
            let mut select =
                connection.prepare_cached("SELECT sent_at FROM message WHERE id = ?1 AND via = 'sending'")?;
            let since: Option<i64> = select.query_row([id], |row| row.get(0)).optional()?;
            Ok(since.map(from_micros))
        })
        .await
    }

    /// Takes the mark away: it is certain that the message did not go out.
    pub async fn was_not_sent(&self, id: &str) -> Result<(), StoreError> {
        let Self::Sqlite(db) = self;
        let id = id.to_owned();
        db.write(move |connection| {
            connection.execute("DELETE FROM message WHERE id = ?1 AND via = 'sending'", [id])?;
            Ok(())
        })
        .await
    }

    /// How one intent stands: `due`, `done`, `dead`, `unknown` or `expired`; `None` when there is no such.
    pub async fn intent_state(&self, id: &str) -> Result<Option<String>, StoreError> {
        let Self::Sqlite(db) = self;
        let id = id.to_owned();
        db.read(move |connection| {
            let mut select = connection.prepare_cached("SELECT state FROM intent WHERE id = ?1")?;
            Ok(select.query_row([id], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// The newest text written about one cause; the key is brand, member, cause and text id.
    pub async fn text_written(&self, key: [&str; 4]) -> Result<Option<TextWritten>, StoreError> {
        let Self::Sqlite(db) = self;
        let key = key.map(str::to_owned);
        db.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT data FROM event WHERE brand = ?1 AND member = ?2 AND type = 'text.written' \
                 AND data ->> 'cause' = ?3 AND data ->> 'text_id' = ?4 ORDER BY version DESC LIMIT 1",
            )?;
            let data: Option<String> = select.query_row(key, |row| row.get(0)).optional()?;
            Ok(data.map(|data| serde_json::from_str(&data)).transpose()?)
        })
        .await
    }
}
