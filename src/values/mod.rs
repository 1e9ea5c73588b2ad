//! The ground: values that everything else is made of. Pure, and names no other room.

pub mod text;
