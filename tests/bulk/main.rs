//! Everything at once: imports, exports, backups, upgrades.

#[path = "../support/mod.rs"]
mod support;

mod house;
mod importing;
