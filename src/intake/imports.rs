//! A row of a file from another programme -> its canonical event. A row's identity follows from the row itself: sent again it
//! is known, and nothing is counted twice.

mod lot;
mod member;
mod order;
mod when;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Incoming, Reader,
    fields::{FieldError, Unread, parse_value, whole_number},
    member::{MemberBody, as_before},
};
use crate::values::{bounds::BALANCE, count::counted};

pub use lot::LotRow;
pub use member::MemberRow;
pub use order::OrderRow;

/// Rows of one request.
pub const ROWS: usize = 500;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Members,
    Lots,
    Orders,
}

/// Reads rows, with what it needs to know beside them.
pub struct RowReader<'a> {
    pub brand: &'a str,
    pub zone: TimeZone,
    pub reader: Reader,
    /// Hash of what tells a row apart, with the installation's key: an address in it cannot be read back.
    pub hash: &'a (dyn Fn(&[&str]) -> String + Sync),
}

/// The columns that say who a row is about.
const MEMBER: [&str; 8] = ["external_id", "card", "phone", "email", "visitor", "name", "language", "birthday"];

/// Those of them by which somebody is found.
const IDENTITIES: usize = 5;

/// The strongest identity of a row, by kind and text.
type Strongest = (&'static str, String);

/// In the form that was hashed before identities had one: rows that were imported then are known today.
fn strongest_of(row: &Map<String, Value>) -> Strongest {
    let named = |column: &&'static str| {
        let value = row.get(*column)?;
        Some((*column, value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned())))
    };
    let (kind, text) = MEMBER[..IDENTITIES].iter().find_map(named).unwrap_or_default();
    (kind, as_before(kind, &text))
}

/// Whether a row comes from an export of ours: those name the id that the member had there.
fn is_of_ours(row: &Map<String, Value>) -> bool {
    row.get("visitor").and_then(Value::as_str).is_some_and(|id| id.starts_with("mem_"))
}

impl RowReader<'_> {
    /// The rows of one request, each read by itself.
    pub fn read_all(&self, kind: Kind, rows: Vec<Value>) -> Result<Vec<Result<Incoming, Unread>>, Unread> {
        if rows.len() > ROWS {
            return Err(Unread::field("", format!("has {}; at most {ROWS} at once", counted(rows.len(), "row"))));
        }
        let read = |row| parse_value(row, "").and_then(|row| self.read(kind, row));
        Ok(rows.into_iter().map(read).collect())
    }

    pub fn read(&self, kind: Kind, mut row: Map<String, Value>) -> Result<Incoming, Unread> {
        if !MEMBER[..IDENTITIES].iter().any(|column| row.contains_key(*column)) {
            let detail = format!("names nobody: give at least one of {}", MEMBER[..IDENTITIES].join(", "));
            return Err(Unread::field("", detail));
        }
        let strongest = strongest_of(&row);
        let reader = if is_of_ours(&row) { self.reader.of_kept() } else { self.reader };
        let rows = &Self { zone: self.zone.clone(), reader, ..*self };
        let member = MEMBER.iter().filter_map(|column| Some(((*column).to_owned(), row.remove(*column)?)));
        let member: MemberBody = parse_value(Value::Object(member.collect()), "")?;
        let mut errors = Vec::new();
        let mut who = member.who(&reader, "", &mut errors);
        who.imported = true;
        if !reader.kept {
            who = who.strict(&mut errors);
        }
        let row = Value::Object(row);
        let incoming = match kind {
            Kind::Members => Some(parse_value::<MemberRow>(row, "")?.incoming(rows, who, &strongest, &mut errors)),
            Kind::Lots => Some(parse_value::<LotRow>(row, "")?.incoming(rows, who, &strongest, &mut errors)),
            Kind::Orders => parse_value::<OrderRow>(row, "")?.incoming(rows, who, &mut errors),
        };
        incoming.filter(|_| errors.is_empty()).ok_or(Unread::Invalid(errors))
    }

    /// A row's identity from what tells it apart: an address in it cannot be read back.
    fn identity(&self, (kind, value): &Strongest, parts: &[&str]) -> String {
        let mut all = vec![*kind, value.as_str()];
        all.extend(parts);
        let mut hash = (self.hash)(&all);
        hash.truncate(32);
        hash
    }
}

/// Points, also as text: files have nothing else. What was earned in many events comes as one number.
fn points(text: &str, pointer: &str, least: i64, errors: &mut Vec<FieldError>) -> i64 {
    whole(text, pointer, (least, BALANCE), errors)
}

/// A whole number, also as text.
fn whole(text: &str, pointer: &str, (least, most): (i64, i64), errors: &mut Vec<FieldError>) -> i64 {
    match whole_number(text) {
        Some(number) if (least..=most).contains(&number) => number,
        Some(_) => {
            errors.push(FieldError::at(pointer, format!("`{text}` must lie between {least} and {most}")));
            least
        }
        None => {
            errors.push(FieldError::at(pointer, format!("`{text}` is not a whole number like 120")));
            least
        }
    }
}
