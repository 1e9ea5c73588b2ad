//! The columns an import knows, and the nearest of them to one that it does not.

use crate::intake::imports::Kind;

const WHO: [&str; 5] = ["external_id", "card", "phone", "email", "visitor"];
const FACTS: [&str; 3] = ["name", "language", "birthday"];
const MEMBERS: [&str; 4] = ["joined_at", "tier", "tier_until", "carried"];
const LOTS: [&str; 12] = [
    "id",
    "points",
    "state",
    "available_from",
    "expires_at",
    "expires_after",
    "awaits",
    "held",
    "goods",
    "hold",
    "hold_expires_at",
    "order_id",
];
const ORDERS: [&str; 21] = [
    "order_id",
    "status",
    "revision",
    "updated_at",
    "placed_at",
    "paid_at",
    "fulfilled_at",
    "currency",
    "exchange_rate",
    "exchange_source",
    "total",
    "lines",
    "shipping",
    "shipping_refunded",
    "fees",
    "prices_include_tax",
    "refunded",
    "channel",
    "store",
    "earned",
    "counted",
];

/// All columns of a kind of file.
pub fn of(kind: Kind) -> Vec<&'static str> {
    let own: &[&str] = match kind {
        Kind::Members => &MEMBERS,
        Kind::Lots => &LOTS,
        Kind::Orders => &ORDERS,
    };
    WHO.iter().chain(&FACTS).chain(own).copied().collect()
}

/// The known column that is most like this one.
pub fn nearest(column: &str, known: &[&'static str]) -> &'static str {
    let column = column.trim().to_lowercase().replace([' ', '-'], "_");
    known.iter().copied().min_by_key(|known| distance(&column, known)).unwrap_or_default()
}

/// Letters to add, leave out or change.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = before + usize::from(from != *to);
            before = row[j + 1];
            row[j + 1] = change.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
