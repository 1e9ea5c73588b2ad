//! Messages, their marks, and written texts in SQLite.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Sqlite;
use crate::{
    clock::{from_micros, to_micros},
    loyalty::event::TextWritten,
    store::{MessageRow, StoreError},
};

impl Sqlite {
    pub async fn keep_message(&self, message: MessageRow) -> Result<(), StoreError> {
        self.write_together(move |connection| {
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

    pub async fn went_out(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.read(move |connection| {
            let select = "SELECT EXISTS (SELECT 1 FROM message WHERE id = ?1 AND via <> 'sending')";
            Ok(connection.prepare_cached(select)?.query_row([id], |row| row.get(0))?)
        })
        .await
    }

    pub async fn in_doubt_since(&self, id: &str) -> Result<Option<Timestamp>, StoreError> {
        let id = id.to_owned();
        self.read(move |connection| {
            let mut select =
                connection.prepare_cached("SELECT sent_at FROM message WHERE id = ?1 AND via = 'sending'")?;
            let since: Option<i64> = select.query_row([id], |row| row.get(0)).optional()?;
            Ok(since.map(from_micros))
        })
        .await
    }

    pub async fn was_not_sent(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write_together(move |connection| {
            connection.execute("DELETE FROM message WHERE id = ?1 AND via = 'sending'", [&id])?;
            Ok(())
        })
        .await
    }

    pub async fn intent_state(&self, id: &str) -> Result<Option<String>, StoreError> {
        let id = id.to_owned();
        self.read(move |connection| {
            let mut select = connection.prepare_cached("SELECT state FROM intent WHERE id = ?1")?;
            Ok(select.query_row([id], |row| row.get(0)).optional()?)
        })
        .await
    }

    pub async fn text_written(&self, key: [&str; 4]) -> Result<Option<TextWritten>, StoreError> {
        let key = key.map(str::to_owned);
        self.read(move |connection| {
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
