//! Everything at once: imports, exports, backups, upgrades.

#[path = "../support/mod.rs"]
mod support;

mod backing_up;
mod exporting;
mod house;
mod importing;
mod one_of_each;
mod reading;
mod silence;
mod upgrading;

#[test]
fn all_of_it_holds_on_postgresql_too() {
    support::postgres::proves_the_same();
}
