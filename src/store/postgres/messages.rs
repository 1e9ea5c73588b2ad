//! Messages, their marks, and written texts in PostgreSQL.

use jiff::Timestamp;

use super::{Postgres, instant, whole};
use crate::{
    clock::to_micros,
    loyalty::event::TextWritten,
    store::{
        MessageRow, StoreError,
        messages::{IN_DOUBT, KEEP, NEWEST, NOT_SENT, STATE, WENT_OUT},
    },
};

impl Postgres {
    pub async fn keep_message(&self, message: MessageRow) -> Result<(), StoreError> {
        let MessageRow { id, brand, member, channel, recipient, subject, body, sent_at, via } = message;
        let sent_at = to_micros(sent_at);
        self.execute(KEEP, &[&id, &brand, &member, &channel, &recipient, &subject, &body, &sent_at, &via]).await?;
        Ok(())
    }

    pub async fn went_out(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.row(WENT_OUT, &[&id]).await?.is_some())
    }

    pub async fn in_doubt_since(&self, id: &str) -> Result<Option<Timestamp>, StoreError> {
        let row = self.row(IN_DOUBT, &[&id]).await?;
        Ok(row.map(|row| instant(&row, 0)).transpose()?)
    }

    pub async fn was_not_sent(&self, id: &str) -> Result<(), StoreError> {
        self.execute(NOT_SENT, &[&id]).await?;
        Ok(())
    }

    pub async fn intent_state(&self, id: &str) -> Result<Option<String>, StoreError> {
        let row = self.row(STATE, &[&id]).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    pub async fn text_written(&self, key: [&str; 4]) -> Result<Option<TextWritten>, StoreError> {
        let select = "SELECT data FROM event WHERE brand = $1 AND member = $2 AND type = 'text.written' \
             AND data::json ->> 'cause' = $3 AND data::json ->> 'text_id' = $4 ORDER BY version DESC LIMIT 1";
        let [brand, member, cause, text] = key;
        let row = self.row(select, &[&brand, &member, &cause, &text]).await?;
        row.map(|row| Ok(serde_json::from_str(row.try_get(0)?)?)).transpose()
    }

    pub async fn messages(&self, brand: &str, limit: usize) -> Result<Vec<(MessageRow, Option<Vec<u8>>)>, StoreError> {
        let rows = self.rows(NEWEST, &[&brand, &whole(limit as u64)]).await?;
        let messages = rows.iter().map(|row| {
            let message = MessageRow {
                id: row.try_get(0)?,
                brand: row.try_get(1)?,
                member: row.try_get(2)?,
                channel: row.try_get(3)?,
                recipient: row.try_get(4)?,
                subject: row.try_get(5)?,
                body: row.try_get(6)?,
                sent_at: instant(row, 7)?,
                via: row.try_get(8)?,
            };
            Ok((message, row.try_get(9)?))
        });
        messages.collect()
    }
}
