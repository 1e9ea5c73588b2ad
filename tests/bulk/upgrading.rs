//! Upgrades: a database of the version before is copied, brought up to date, and keeps its books; a newer one is refused.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::Value;

use crate::{
    house::{on_sqlite, run},
    support::{Binary, Folder, call, postgres, purchase, store},
};

/// What each version before wrote: orders, returns, a spending, a correction, a cancelled order, a review, of three members;
/// and the balances that it showed.
const BEFORE: [(i64, &str, &str); 3] = [
    (1, include_str!("../upgrade/v1.sql"), include_str!("../upgrade/v1-balances.json")),
    (4, include_str!("../upgrade/v4.sql"), include_str!("../upgrade/v4-balances.json")),
    (5, include_str!("../upgrade/v5.sql"), include_str!("../upgrade/v4-balances.json")),
];

fn written_by(sql: &str) -> Folder {
    let folder = Folder::new();
    let db = Connection::open(folder.0.join("loyalty.db")).unwrap();
    db.execute_batch(sql).unwrap();
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
    for (of_version, sql, shown) in BEFORE {
        let folder = written_by(sql);
        let events: i64 = count(&folder.0.join("loyalty.db"), "event");
        let store = store(&folder.0).await;
        let mut balances = serde_json::Map::new();
        for (brand, member) in store.streams().await.unwrap() {
            let loaded = store.member(&brand, &member).await.unwrap().unwrap();
            balances.insert(loaded.person.external_id.unwrap(), serde_json::to_value(loaded.member.balance).unwrap());
        }
        assert_eq!(Value::Object(balances), serde_json::from_str::<Value>(shown).unwrap(), "version {of_version}");
        let (fine, said) = run(&folder.0, &["verify"]);
        let all = format!(
            "3 members, 0 events decided again, {events} of older engines checked by chain and sums: all agree"
        );
        assert!(fine && said.contains(&all), "{said}");
        if version(&folder.0.join("loyalty.db")) > of_version {
            let copy = copies(&folder.0).pop().expect("a copy was made");
            let name = format!("loyalty.db.v{of_version}-2");
            assert!(copy.to_string_lossy().contains(&name), "named by version and date: {}", copy.display());
            assert_eq!((version(&copy), count(&copy, "event")), (of_version, events), "as it was");
            assert_eq!(copies(&folder.0).len(), 1, "and once");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_engine_decided_is_explained_as_it_was_recorded() {
    if !on_sqlite("what_an_older_engine_decided_is_explained_as_it_was_recorded") {
        return;
    }
    for (of_version, sql, _) in BEFORE {
        let folder = written_by(sql);
        let store = store(&folder.0).await;
        let (mut explained, mut by_rule) = (0, 0);
        for (brand, member) in store.streams().await.unwrap() {
            for row in store.stream(&brand, &member).await.unwrap().rows {
                for entry in row.stored().unwrap().entries {
                    let (fine, said) = run(&folder.0, &["why", &entry.id, "--language", "en"]);
                    let (account, points) = entry.member_side();
                    let head = format!("{}  {points:+}  {}", entry.id, account.name());
                    assert!(fine && said.contains(&head), "version {of_version}: {said}");
                    assert!(said.contains("It is shown as it was recorded"), "{said}");
                    assert!(said.contains("counted from 2026-11-"), "{said}");
                    explained += 1;
                    if entry.rule.is_some() {
                        let rule = entry.text.unwrap();
                        assert!(said.contains(&format!("Judged by programme v1, rule “{rule}”.")), "{said}");
                        by_rule += 1;
                    }
                }
            }
        }
        assert!(explained > by_rule && by_rule > 10, "version {of_version}: {explained} entries, {by_rule} by a rule");
        let (fine, said) = run(&folder.0, &["why", "ent_c9bfc390b15252e283c31809f32d6852"]);
        assert!(!fine && said.contains("there is no entry"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_an_older_engine_goes_on_and_verify_says_what_it_decided_again() {
    if !on_sqlite("an_order_of_an_older_engine_goes_on_and_verify_says_what_it_decided_again") {
        return;
    }
    for (of_version, sql, _) in BEFORE {
        let folder = written_by(sql);
        let events: i64 = count(&folder.0.join("loyalty.db"), "event");
        let (_, made) = run(&folder.0, &["keys", "create", "shop", "--scopes", "orders"]);
        let key = made.lines().find(|line| line.starts_with("lk_")).unwrap();
        let mut service = Binary::start(&folder.0, &[]);
        let mut returned = purchase("c-1", 2);
        returned["placed_at"] = "2026-11-20T10:00:00Z".into();
        returned["paid_at"] = "2026-11-20T10:00:00Z".into();
        returned["lines"][0]["returned"] = 1.into();
        let (status, receipt) = call(&service.url, key, "PUT", "/v1/orders/1001", Some(returned)).await;
        assert_eq!((status, &receipt["points"]["change"]), (200, &(-278).into()), "version {of_version}: {receipt}");
        service.kill();
        let (fine, said) = run(&folder.0, &["verify"]);
        let told = format!("{events} of older engines checked by chain and sums: all agree");
        assert!(fine && said.contains(&told) && !said.contains(" 0 events decided again"), "{said}");
    }
}

fn version(db: &Path) -> i64 {
    Connection::open(db).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

fn count(db: &Path, table: &str) -> i64 {
    Connection::open(db).unwrap().query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn a_new_database_needs_no_copy() {
    if !on_sqlite("a_new_database_needs_no_copy") {
        return;
    }
    let folder = Folder::new();
    drop(store(&folder.0).await);
    assert!(copies(&folder.0).is_empty());
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_both_versions_are_named() {
    if !on_sqlite("a_database_of_a_newer_version_is_refused_and_both_versions_are_named") {
        return;
    }
    let (old, folder) = (Folder::new(), Folder::new());
    let store = store(&old.0).await;
    store.close().await;
    let db = folder.0.join("loyalty.db"); // a copy that no thread of the store still has open
    std::fs::copy(old.0.join("loyalty.db"), &db).unwrap();
    let known = version(&db);
    Connection::open(&db).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&db).unwrap();
    for command in ["serve", "verify"] {
        let (fine, said) = run(&folder.0, &[command]);
        let told =
            format!("loyalty.db is of version 99, loyalty {} knows up to version {known}", env!("CARGO_PKG_VERSION"));
        assert!(!fine && said.contains(&told) && said.contains("start the newer program"), "{said}");
    }
    assert!(std::fs::read(&db).unwrap() == before, "untouched");
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
