//! Everything at once: imports, exports, backups, upgrades.

#[path = "../support/mod.rs"]
mod support;

mod backing_up;
mod exporting;
mod house;
mod importing;
mod silence;
mod upgrading;
