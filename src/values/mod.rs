//! The ground: values that everything else is made of. Pure, and names no other room.

pub mod bounds;
pub mod calendar;
pub mod changes;
pub mod code;
pub mod copy_on_write;
pub mod count;
pub mod day;
mod encoding;
pub mod exchange;
pub mod hash;
pub mod id;
pub mod json;
pub mod money;
pub mod near;
pub mod person;
pub mod seal;
pub mod sheet;
pub mod span;
pub mod text;
pub mod typed;
pub mod unit;
