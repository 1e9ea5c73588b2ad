//! A member's statement that proves itself: one line about the member, then one line per event with the words and amounts a
//! person reads, and everything that the event's hash was made of. It is checked without a database and without us.
//! Proved: every amount, every balance, the order, that nothing is missing. Not proved: the words beside the amounts.

pub mod check;
pub mod make;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    audit::anchor::Covered,
    loyalty::{entry::Entry, member::Balance},
    store::EventRow,
};

/// What the first line says it is.
pub const FORMAT: &str = "loyalty statement 1";

/// The first line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    pub format: String,
    pub brand: String,
    pub member: String,
    pub made_at: Timestamp,
    /// Number of the last event, and its hash.
    pub version: u64,
    pub chain: String,
    pub balance: Balance,
    /// The newest line of `anchors.log` that covers the member: compare it with a copy that was kept elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covered: Option<Covered>,
}

/// One event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    pub version: u64,
    pub recorded_at: Timestamp,
    /// The event's type.
    pub kind: String,
    pub entries: Vec<ShownEntry>,
    /// After the event.
    pub balance: Balance,
    /// The hash of the line before; zeros before the first.
    pub previous: String,
    /// The hash of this line: of `previous` and `record`.
    pub chain: String,
    pub record: Record,
}

/// One entry, as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownEntry {
    pub id: String,
    pub points: i64,
    pub account: String,
    pub text: String,
}

/// What the event's hash is made of, besides brand, member, version and type: text for text as the ledger keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    pub source: String,
    pub id: String,
    /// Microseconds since 1970.
    pub occurred_at: i64,
    pub recorded_at: i64,
    pub data: String,
    pub hash: String,
    pub given: String,
    pub entries: String,
    pub changes: String,
    pub receipt: String,
}

impl ShownEntry {
    fn of(entry: &Entry, text: String) -> Self {
        let (account, points) = entry.member_side();
        Self { id: entry.id.clone(), points, account: account.name().to_owned(), text }
    }
}

impl Line {
    /// The row of the ledger that the line says it is.
    fn row(&self, head: &Head) -> EventRow {
        let record = self.record.clone();
        EventRow {
            brand: head.brand.clone(),
            member: head.member.clone(),
            version: self.version,
            source: record.source,
            id: record.id,
            kind: self.kind.clone(),
            occurred_at: record.occurred_at,
            recorded_at: record.recorded_at,
            data: record.data,
            hash: record.hash,
            order_id: None, // stands in `data`
            given: record.given,
            entries: record.entries,
            changes: record.changes,
            receipt: record.receipt,
            chain: self.chain.clone(),
        }
    }
}
