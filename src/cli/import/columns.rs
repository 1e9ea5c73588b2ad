//! The columns that a file of an import may have.

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
