//! What the commands of `loyalty` do. Each works beside a running service: the database takes both.

pub mod backup;
pub mod check;
pub mod clock;
pub mod dead_letters;
pub mod export;
pub mod health;
pub mod import;
pub mod keys;
pub mod replay;
pub mod setup;
pub mod statement;
pub mod verify;
pub mod why;
