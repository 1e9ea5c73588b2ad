//! The ground: values that everything else is made of. Pure, and names no other room.

mod encoding;
pub mod sheet;
pub mod text;
