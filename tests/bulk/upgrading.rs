//! Upgrades: a database of the version before is copied, brought up to date, and keeps its books; a newer one is refused.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::{
    house::{on_sqlite, run},
    support::{Folder, postgres, store},
};

/// What version 1 wrote: orders, a return, a spending, a correction, a cancelled order, of three members.
const BEFORE: &str = include_str!("../upgrade/v1.sql");

/// The balances version 1 showed: member, available, pending, debt.
const BALANCES: &str = include_str!("../upgrade/v1-balances.json");

fn of_version_1() -> Folder {
    let folder = Folder::new();
    let db = Connection::open(folder.0.join("loyalty.db")).unwrap();
    db.execute_batch(BEFORE).unwrap();
    folder
}

fn copies(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    files.filter(|path| path.to_string_lossy().contains("loyalty.db.v")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_version_before_is_copied_brought_up_to_date_and_keeps_its_books() {
    if !on_sqlite("a_database_of_the_version_before_is_copied_brought_up_to_date_and_keeps_its_books") {
        return;
    }
    let folder = of_version_1();
    let events: i64 = count(&folder.0.join("loyalty.db"), "event");
    let store = store(&folder.0).await;
    let mut balances = serde_json::Map::new();
    for (brand, member) in store.streams().await.unwrap() {
        let loaded = store.member(&brand, &member).await.unwrap().unwrap();
        balances.insert(loaded.person.external_id.unwrap(), serde_json::to_value(loaded.member.balance).unwrap());
    }
    assert_eq!(serde_json::Value::Object(balances), serde_json::from_str::<serde_json::Value>(BALANCES).unwrap());
    let (fine, said) = run(&folder.0, &["verify"]);
    assert!(fine && said.contains("3 members, 18 events re-executed: all agree"), "{said}");
    let copy = copies(&folder.0).pop().expect("a copy was made");
    assert!(copy.to_string_lossy().contains("loyalty.db.v1-2"), "named by version and date: {}", copy.display());
    assert_eq!((version(&copy), count(&copy, "event")), (1, events), "as it was");
    assert_eq!(copies(&folder.0).len(), 1, "and once");
}

fn version(db: &Path) -> i64 {
    Connection::open(db).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

fn count(db: &Path, table: &str) -> i64 {
    Connection::open(db).unwrap().query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn a_new_database_needs_no_copy() {
    if !on_sqlite("a_new_database_needs_no_copy") {
        return;
    }
    let folder = Folder::new();
    assert!(run(&folder.0, &["keys", "list"]).0);
    assert!(copies(&folder.0).is_empty());
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_both_versions_are_named() {
    if !on_sqlite("a_database_of_a_newer_version_is_refused_and_both_versions_are_named") {
        return;
    }
    let folder = Folder::new();
    assert!(run(&folder.0, &["keys", "list"]).0);
    let db = folder.0.join("loyalty.db");
    let known = version(&db);
    Connection::open(&db).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&db).unwrap();
    for command in ["serve", "verify"] {
        let (fine, said) = run(&folder.0, &[command]);
        let told =
            format!("loyalty.db is of version 99, loyalty {} knows up to version {known}", env!("CARGO_PKG_VERSION"));
        assert!(!fine && said.contains(&told) && said.contains("start the newer program"), "{said}");
    }
    assert_eq!(std::fs::read(&db).unwrap(), before, "untouched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_database_of_a_newer_version_is_refused_too() {
    let Some(url) = postgres::database("a_postgresql_database_of_a_newer_version_is_refused_too") else { return };
    let folder = Folder::new();
    postgres::give(&folder.0, &url);
    assert!(run(&folder.0, &["keys", "list"]).0);
    postgres::run(&url, "INSERT INTO migration (step) VALUES (99)").await;
    let (fine, said) = run(&folder.0, &["verify"]);
    assert!(
        !fine && said.contains("PostgreSQL database is of version 99") && said.contains("knows up to version"),
        "{said}"
    );
}
