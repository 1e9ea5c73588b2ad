//! What the ledger does by itself: what falls due, birthdays, what one member's event means for another.
//! Guarantees: each thing is an event like any other, with an id made of its cause, so that twice is once.

pub mod birthdays;
pub mod due;
pub mod follow;
mod pace;
pub mod row_counts;
pub mod searchable;
pub mod segments;
pub mod top_spend;
