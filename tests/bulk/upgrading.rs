//! Upgrades: databases of earlier versions are brought up to date, keep their books, and explain every entry; SQLite's file is
//! copied before. One of a newer version is refused.

use std::path::{Path, PathBuf};

use loyalty_connector::{loyalty::ENGINE, store::EventRow};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::Connection;
use serde_json::Value;

use crate::{
    house::{on_sqlite, run},
    support::{Binary, Folder, call, postgres, purchase, store},
};

/// A database that an earlier version wrote (`tests/upgrade/make`), and the balances that it showed, by member.
struct Before {
    version: i64,
    sql: &'static str,
    shown: &'static str,
}

macro_rules! before {
    ($store:literal, $($version:literal)*) => {
        &[$(Before {
            version: $version,
            sql: include_str!(concat!("../upgrade/", $store, "/", $version, ".sql")),
            shown: include_str!(concat!("../upgrade/", $store, "/", $version, ".json")),
        }),*]
    };
}

/// All kinds of facts of eight members, except the first, which knows orders, a correction and a review of three. Up to 5 they
/// are of older engines.
const IN_SQLITE: &[Before] = before!("sqlite", 1 4 5 9);
const IN_POSTGRES: &[Before] = before!("postgres", 4 5 9);

impl Before {
    /// All of the store that the tests run on, each in a folder of its own.
    async fn all() -> Vec<(&'static Self, Folder)> {
        let in_postgres = std::env::var("LOYALTY_TEST_STORE").is_ok_and(|store| store == "postgres");
        let mut all = Vec::new();
        for before in if in_postgres { IN_POSTGRES } else { IN_SQLITE } {
            let folder = Folder::new();
            match postgres::of(&folder.0) {
                Some(url) => postgres::run(&url, before.sql).await,
                None => Connection::open(database(&folder)).unwrap().execute_batch(before.sql).unwrap(),
            }
            all.push((before, folder));
        }
        all
    }
}

fn database(folder: &Folder) -> PathBuf {
    folder.0.join("loyalty.db")
}

fn copies(folder: &Folder) -> Vec<PathBuf> {
    let files = std::fs::read_dir(&folder.0).unwrap().flatten().map(|entry| entry.path());
    files.filter(|path| path.to_string_lossy().contains("loyalty.db.v")).collect()
}

/// Every row that is kept.
async fn rows(folder: &Folder) -> Vec<EventRow> {
    let store = store(&folder.0).await;
    let streams = store.streams_of(store.streams().await.unwrap()).await.unwrap();
    store.close().await;
    streams.into_iter().flat_map(|stream| stream.rows).collect()
}

fn engine(row: &EventRow) -> u32 {
    serde_json::from_str::<Value>(&row.given).unwrap()["engine"].as_u64().map_or(1, |engine| engine.try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_an_earlier_version_is_brought_up_to_date_and_keeps_its_books() {
    for (before, folder) in Before::all().await {
        let version = before.version;
        let rows = rows(&folder).await;
        let store = store(&folder.0).await;
        let shown: serde_json::Map<String, Value> = serde_json::from_str(before.shown).unwrap();
        assert!(shown.len() > 2);
        for (member, balance) in &shown {
            let loaded = store.member("main", member).await.unwrap().unwrap();
            assert_eq!(&serde_json::to_value(loaded.member.balance).unwrap(), balance, "version {version}: {member}");
        }
        let older = rows.iter().filter(|row| engine(row) != ENGINE).count();
        let (fine, said) = run(&folder.0, &["verify"]);
        let again = rows.len() - older;
        let all =
            format!("{again} events decided again, {older} of older engines checked by chain and sums: all agree");
        assert!(fine && said.contains(&all), "version {version}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_version_before_is_copied_before_it_is_touched() {
    if !on_sqlite("a_database_of_the_version_before_is_copied_before_it_is_touched") {
        return;
    }
    for (before, folder) in Before::all().await {
        let events = count(&database(&folder), "event");
        for _ in 0..2 {
            store(&folder.0).await.close().await;
        }
        let copies = copies(&folder);
        if version(&database(&folder)) == before.version {
            assert!(copies.is_empty(), "nothing is done to it");
            continue;
        }
        let name = format!("loyalty.db.v{}-2", before.version);
        assert!(copies[0].to_string_lossy().contains(&name), "named by version and date: {}", copies[0].display());
        assert_eq!((version(&copies[0]), count(&copies[0], "event")), (before.version, events), "as it was");
        assert_eq!(copies.len(), 1, "and once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_event_and_order_of_an_earlier_version_is_explained() {
    for (before, folder) in Before::all().await {
        let rows = rows(&folder).await;
        let service = Binary::start(&folder.0, &[]);
        let (_, made) = run(&folder.0, &["keys", "create", "desk", "--scopes", "members,orders"]);
        let key = made.lines().find(|line| line.starts_with("lk_")).unwrap();
        let ask = async |path: &str| {
            let (status, why) = call(&service.url, key, "GET", &format!("{path}/why?language=en"), None).await;
            assert_eq!(status, 200, "version {}: {path}: {why}", before.version);
            why
        };
        let (mut explained, mut by_rule) = (0, 0);
        for row in &rows {
            for entry in row.stored().unwrap().entries {
                let why = ask(&format!("/v1/entries/{}", entry.id)).await;
                let (account, points) = entry.member_side();
                let (shown, said) = (&why["entry"], why["because"].to_string());
                assert_eq!((&shown["points"], &shown["account"]), (&points.into(), &account.name().into()), "{why}");
                let as_recorded = said.contains("It is shown as it was recorded");
                assert_eq!(as_recorded, engine(row) != ENGINE, "version {}: {why}", before.version);
                explained += 1;
                if entry.rule.is_some() && as_recorded {
                    assert!(said.contains("Judged by programme v") && said.contains("rule “"), "{said}");
                    assert!(said.contains("counted from 20"), "{said}");
                    by_rule += 1;
                }
            }
            let path = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let why = ask(&format!("/v1/events/{}/{}", path(&row.source), path(&row.id))).await;
            assert!(why["about"].as_str().is_some_and(|about| !about.is_empty()), "{why}");
            if let Some(order) = &row.order_id {
                ask(&format!("/v1/orders/{}", path(order))).await;
            }
        }
        let old = rows.iter().any(|row| engine(row) != ENGINE);
        assert!(explained > 20 && (by_rule > 10) == old, "version {}: {explained}, {by_rule}", before.version);
        let (status, _) =
            call(&service.url, key, "GET", "/v1/entries/ent_c9bfc390b15252e283c31809f32d6852/why", None).await;
        assert_eq!(status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_an_older_engine_goes_on_and_verify_says_what_it_decided_again() {
    for (before, folder) in Before::all().await {
        let rows = rows(&folder).await;
        let older = rows.iter().filter(|row| engine(row) != ENGINE).count();
        let (_, made) = run(&folder.0, &["keys", "create", "shop", "--scopes", "orders"]);
        let key = made.lines().find(|line| line.starts_with("lk_")).unwrap();
        run(&folder.0, &["clock", "confirm"]); // it has stood still for longer than a clock is believed by itself
        let mut service = Binary::start(&folder.0, &[]);
        let mut returned = purchase("c-1", 2);
        returned["placed_at"] = "2026-11-20T10:00:00Z".into();
        returned["paid_at"] = "2026-11-20T10:00:00Z".into();
        returned["lines"][0]["returned"] = 1.into();
        let (status, receipt) = call(&service.url, key, "PUT", "/v1/orders/1001", Some(returned)).await;
        assert_eq!(
            (status, &receipt["points"]["change"]),
            (200, &(-278).into()),
            "version {}: {receipt}",
            before.version
        );
        service.kill();
        let (fine, said) = run(&folder.0, &["verify"]);
        let told = format!("{older} of older engines checked by chain and sums: all agree");
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
    assert!(copies(&folder).is_empty());
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
