//! Messages, their marks, and written texts in SQLite.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Sqlite, whole};
use crate::{
    clock::{from_micros, to_micros},
    loyalty::event::TextWritten,
    store::{
        MessageRow, StoreError,
        messages::{IN_DOUBT, KEEP, NEWEST, NOT_SENT, STATE, WENT_OUT},
    },
};

impl Sqlite {
    pub async fn keep_message(&self, message: MessageRow) -> Result<(), StoreError> {
        self.write_together(move |connection| {
            let MessageRow { id, brand, member, channel, recipient, subject, body, sent_at, via } = &message;
            let sent_at = to_micros(*sent_at);
            connection.execute(KEEP, params![id, brand, member, channel, recipient, subject, body, sent_at, via])?;
            Ok(())
        })
        .await
    }

    pub async fn went_out(&self, id: &str) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.read(move |connection| Ok(connection.prepare_cached(WENT_OUT)?.exists([id])?)).await
    }

    pub async fn in_doubt_since(&self, id: &str) -> Result<Option<Timestamp>, StoreError> {
        let id = id.to_owned();
        self.read(move |connection| {
            let mut select = connection.prepare_cached(IN_DOUBT)?;
            let since: Option<i64> = select.query_row([id], |row| row.get(0)).optional()?;
            Ok(since.map(from_micros))
        })
        .await
    }

    pub async fn was_not_sent(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write_together(move |connection| {
            connection.execute(NOT_SENT, [&id])?;
            Ok(())
        })
        .await
    }

    pub async fn intent_state(&self, id: &str) -> Result<Option<String>, StoreError> {
        let id = id.to_owned();
        self.read(move |connection| {
            let mut select = connection.prepare_cached(STATE)?;
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

    pub async fn messages(&self, brand: &str, limit: usize) -> Result<Vec<(MessageRow, Option<Vec<u8>>)>, StoreError> {
        let brand = brand.to_owned();
        self.read(move |connection| {
            let mut select = connection.prepare_cached(NEWEST)?;
            let rows = select.query_map(params![brand, whole(limit as u64)], |row| {
                let message = MessageRow {
                    id: row.get(0)?,
                    brand: row.get(1)?,
                    member: row.get(2)?,
                    channel: row.get(3)?,
                    recipient: row.get(4)?,
                    subject: row.get(5)?,
                    body: row.get(6)?,
                    sent_at: from_micros(row.get(7)?),
                    via: row.get(8)?,
                };
                Ok((message, row.get(9)?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
