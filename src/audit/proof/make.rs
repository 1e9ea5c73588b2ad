//! Writing a statement, from a member's stream.

use jiff::{Timestamp, tz::TimeZone};

use super::{FORMAT, Head, Line, Record, ShownEntry};
use crate::{
    audit::anchor::Covered,
    clock::from_micros,
    loyalty::{chain::GENESIS, entry::Entry, explain::in_one_sentence, receipt::StoredReceipt},
    store::{EventRow, audit::Stream},
    words::say::{Speech, say},
};

/// The file's lines, in words of this language.
pub fn statement(
    stream: &Stream,
    covered: Option<Covered>,
    made_at: Timestamp,
    (language, zone): (&str, &TimeZone),
) -> Result<Vec<String>, serde_json::Error> {
    let mut previous = GENESIS;
    let mut lines = Vec::with_capacity(stream.rows.len());
    for row in &stream.rows {
        lines.push(line(row, previous, (language, zone))?);
        previous = &row.chain;
    }
    let last = lines.last();
    let head = Head {
        format: FORMAT.to_owned(),
        brand: stream.brand.clone(),
        member: stream.member.clone(),
        made_at,
        version: last.map_or(0, |last| last.version),
        chain: last.map_or_else(|| GENESIS.to_owned(), |last| last.chain.clone()),
        balance: last.map(|last| last.balance).unwrap_or_default(),
        covered,
    };
    let head = serde_json::to_string(&head);
    [head].into_iter().chain(lines.iter().map(serde_json::to_string)).collect()
}

fn line(row: &EventRow, previous: &str, (language, zone): (&str, &TimeZone)) -> Result<Line, serde_json::Error> {
    let speech = Speech::of(language, zone);
    let entries: Vec<Entry> = serde_json::from_str(&row.entries)?;
    let receipt: StoredReceipt<'_> = serde_json::from_str(&row.receipt)?;
    let row = row.clone();
    Ok(Line {
        version: row.version,
        recorded_at: from_micros(row.recorded_at),
        kind: row.kind,
        entries: entries.iter().map(|entry| ShownEntry::of(entry, say(&in_one_sentence(entry), speech))).collect(),
        balance: receipt.balance,
        previous: previous.to_owned(),
        chain: row.chain,
        record: Record {
            source: row.source,
            id: row.id,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            data: row.data,
            hash: row.hash,
            given: row.given,
            entries: row.entries,
            changes: row.changes,
            receipt: row.receipt,
        },
    })
}
