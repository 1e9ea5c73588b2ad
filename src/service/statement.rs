//! The lines that answer "where are my points?": newest first, with the balance each one left behind.

pub mod parts;

pub use crate::words::say::Speech;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    loyalty::{Member, entry::TextId, explain::in_one_sentence},
    store::StatementRow,
    values::seal,
    words::say::say,
};

/// One line of a statement.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StatementLine {
    pub id: String,
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Timestamp,
    pub points: i64,
    pub account: String,
    /// Available points after this entry.
    pub balance: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    pub text: String,
    /// Why somebody did it by hand; not there once the member is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The name of the key that gave or took points by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_by: Option<String>,
    /// The name of the key of the second person who agreed to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// Lines newest first, with the balance each one left behind, in this speech. `key` is the member's.
pub fn lines(
    rows: Vec<StatementRow>,
    newest: Option<&Member>,
    key: Option<&[u8; 32]>,
    voice: Speech<'_>,
) -> Vec<StatementLine> {
    let mut balance = newest.map_or(0, |member| member.balance.available);
    rows.into_iter().map(|row| line(row, &mut balance, key, voice)).collect()
}

/// One line; `balance` is what it left behind, and then what was before it.
pub fn line(row: StatementRow, balance: &mut i64, key: Option<&[u8; 32]>, voice: Speech<'_>) -> StatementLine {
    let (account, points) = row.entry.member_side();
    let after = *balance;
    *balance -= row.entry.available_change();
    StatementLine {
        // A purchase counts from its day; what happened to its points later stands where it happened.
        occurred_at: if row.entry.text_id == TextId::Earned { row.occurred_at } else { row.entry.effective_at },
        points,
        account: account.name().to_owned(),
        balance: after,
        text: say(&in_one_sentence(&row.entry), voice),
        reason: row.reason.and_then(|sealed| seal::open(&sealed, key, "reason")).filter(|text| !text.is_empty()),
        given_by: row.by,
        agreed_by: row.agreed,
        id: row.entry.id,
        rule: row.entry.rule,
        order_id: row.entry.order,
        expires_at: row.entry.expires_at,
    }
}

/// A page of entries. `next` continues; `null` = the beginning is reached.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Statement {
    pub entries: Vec<StatementLine>,
    pub next: Option<String>,
}
