//! Keys, the installation's secret, programme versions, and the store itself.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use jiff::Timestamp;
use loyalty_connector::store::{
    ApiKey, Batch, Store, StoreError,
    batch::PersonRow,
    engine::Standby,
    published::{Kept, NewVersion},
};

use crate::{
    books::{NOW, at},
    ground::{BRAND, KEY, ODD, OTHER, both, share},
    support::{Folder, postgres},
};

fn key(id: &str, created_at: Timestamp) -> ApiKey {
    ApiKey {
        id: id.to_owned(),
        name: ODD.to_owned(),
        brand: BRAND.to_owned(),
        scopes: vec!["orders".to_owned(), "partner:x".to_owned()],
        hash: "00".to_owned(),
        created_at,
        revoked_at: None,
    }
}

#[tokio::test]
async fn keys_are_listed_oldest_first_and_revoked_once() {
    for (name, store, _) in both("keys_are_listed_oldest_first_and_revoked_once").await {
        let keys = [key("z", Timestamp::UNIX_EPOCH), key("a", at(NOW)), key("b", at(NOW))];
        for key in [&keys[2], &keys[0], &keys[1]] {
            store.add_key(key.clone()).await.unwrap();
        }
        assert_eq!(store.keys().await.unwrap(), keys, "{name}: of one instant in order of id");
        let twice = store.add_key(key("a", at(NOW))).await.expect_err("an id is there once");
        assert!(twice.is_about_data(), "{name}: {twice}");
        assert_eq!(store.key("a").await.unwrap().as_ref(), Some(&keys[1]), "{name}");
        assert_eq!(store.key(ODD).await.unwrap(), None, "{name}");
        let revoke = async |id, at| store.revoke_key(id, at).await.unwrap();
        assert_eq!([revoke("a", at(NOW)).await, revoke("a", Timestamp::MAX).await], [true, false], "{name}: once");
        assert!(!revoke("none", at(NOW)).await, "{name}");
        let revoked = store.key("a").await.unwrap().and_then(|key| key.revoked_at);
        assert_eq!(revoked, Some(at(NOW)), "{name}: then");
        assert_eq!(store.keys().await.unwrap().len(), 3, "{name}: revoked ones are listed, too");
    }
}

#[tokio::test]
async fn the_secret_of_an_installation_is_made_once() {
    for (name, store, folder) in both("the_secret_of_an_installation_is_made_once").await {
        let secret = store.installation_secret().await.unwrap();
        assert_eq!(store.installation_secret().await.unwrap(), secret, "{name}");
        if !store.is_shared() {
            let again = Store::open(&folder.0).unwrap();
            assert_eq!(again.installation_secret().await.unwrap(), secret, "{name}: beside and after");
        }
    }
}

#[tokio::test]
async fn a_programme_gets_the_next_number_unless_it_says_the_same() {
    let test = "a_programme_gets_the_next_number_unless_it_says_the_same";
    for (name, store, _) in both(test).await {
        let keep = async |brand, content: &str, now| {
            let version = NewVersion { content: content.to_owned(), ..NewVersion::default() };
            store.keep_published(brand, version, now).await.unwrap()
        };
        assert_eq!(keep(BRAND, "one", at(NOW)).await, Kept::New(1), "{name}");
        assert_eq!(keep(BRAND, "one", Timestamp::MAX).await, Kept::Same(1), "{name}");
        assert_eq!(keep(BRAND, ODD, at(NOW)).await, Kept::New(2), "{name}");
        assert_eq!(keep(BRAND, "one", at(NOW)).await, Kept::New(3), "{name}: the newest is what counts");
        assert_eq!(keep("a", ODD, at(NOW)).await, Kept::New(1), "{name}: each brand has its own numbers");
        let all = store.published().await.unwrap();
        let found: Vec<_> = all.iter().map(|rows| (rows.brand.as_str(), rows.number, rows.content.as_str())).collect();
        assert_eq!(found, [("a", 1, ODD), (BRAND, 1, "one"), (BRAND, 2, ODD), (BRAND, 3, "one")], "{name}: in order");
        assert!(all.iter().all(|rows| rows.effective_at == at(NOW)), "{name}");
        let above = store.published_above(vec![(BRAND.to_owned(), 2), (OTHER.to_owned(), 0)]).await.unwrap();
        let above: Vec<_> = above.iter().map(|rows| (rows.brand.as_str(), rows.number)).collect();
        let of_others = if store.is_shared() { vec![("a", 1), (BRAND, 3)] } else { Vec::new() };
        assert_eq!(above, of_others, "{name}: where nobody else publishes, nothing is newer");
    }
}

#[tokio::test]
async fn a_programme_follows_the_version_that_it_was_made_beside_and_no_other() {
    let test = "a_programme_follows_the_version_that_it_was_made_beside_and_no_other";
    for (name, store, _) in both(test).await {
        let keep = async |content: &str, after| {
            let note = Some(ODD.to_owned());
            let version = NewVersion { content: content.to_owned(), after: Some(after), note };
            store.keep_published(BRAND, version, at(NOW)).await.unwrap()
        };
        assert_eq!(keep("one", 1).await, Kept::Moved(0), "{name}: there is none yet");
        assert_eq!(keep("one", 0).await, Kept::New(1), "{name}");
        assert_eq!(keep("two", 0).await, Kept::Moved(1), "{name}");
        assert_eq!(keep("one", 0).await, Kept::Same(1), "{name}: asked twice");
        assert_eq!(keep("two", 1).await, Kept::New(2), "{name}");
        let at_once = futures_util::future::join_all(["a", "b", "c", "d"].map(|content| keep(content, 2))).await;
        assert_eq!(at_once.iter().filter(|kept| **kept == Kept::New(3)).count(), 1, "{name}: one of many at once");
        assert_eq!(at_once.iter().filter(|kept| **kept == Kept::Moved(3)).count(), 3, "{name}");
        let all = store.published().await.unwrap();
        assert!(all.len() == 3 && all.iter().all(|rows| rows.note.as_deref() == Some(ODD)), "{name}");
    }
}

#[tokio::test]
async fn a_store_says_what_it_is_and_closes_with_everything_in_its_file() {
    for (name, store, folder) in both("a_store_says_what_it_is_and_closes_with_everything_in_its_file").await {
        let engine = store.engine().await.unwrap();
        assert!(engine.name.starts_with(name), "{}", engine.name);
        assert_eq!(
            engine.server.map(|server| server.standby),
            store.is_shared().then_some(Standby::NotAsked),
            "{name}"
        );
        let alone = store.alone().await;
        assert_eq!(alone.is_some(), store.is_shared(), "{name}: where there is more than one lane");
        drop(alone);
        store.add_key(key("a", at(NOW))).await.unwrap();
        store.close().await;
        if !store.is_shared() {
            let log = std::fs::metadata(folder.0.join("loyalty.db-wal")).map_or(0, |file| file.len());
            assert_eq!(log, 0, "{name}");
        }
        assert!(
            store.clone().read_in_place().key("a").await.unwrap().is_some(),
            "{name}: who still reads finds it open"
        );
    }
}

#[tokio::test]
async fn two_lanes_of_one_connector_hold_the_counts_one_after_the_other() {
    let test = "two_lanes_of_one_connector_hold_the_counts_one_after_the_other";
    let Some(url) = postgres::database(test) else { return };
    let store = share(&url, "one").await;
    let first = store.alone().await;
    assert!(store.alone().now_or_never().is_none(), "one waits for the other");
    drop(first);
    assert!(store.alone().await.is_some());
    let wrong = Store::open(&Folder::new().0.join("no such folder"));
    assert!(matches!(wrong, Err(StoreError::Sqlite(_))));
}

#[tokio::test]
async fn members_are_gone_through_by_id_and_how_far_it_is_is_kept() {
    let person = |brand: &str, member: &str| PersonRow {
        brand: brand.to_owned(),
        member: member.to_owned(),
        key: KEY,
        facts: "{}".to_owned(),
        words_new: BTreeSet::new(),
        words_gone: BTreeSet::new(),
    };
    for (name, store, _) in both("members_are_gone_through_by_id_and_how_far_it_is_is_kept").await {
        let persons = [(BRAND, "mem_3"), (BRAND, "mem_1"), (OTHER, "mem_0"), (BRAND, "mem_2")];
        let persons = persons.map(|(brand, member)| person(brand, member)).into();
        store.commit(Batch { persons, ..Batch::default() }).await.unwrap();
        assert_eq!(store.members_after(BRAND, "", 2).await.unwrap(), ["mem_1", "mem_2"], "{name}");
        assert_eq!(store.members_after(BRAND, "mem_2", 2).await.unwrap(), ["mem_3"], "{name}");
        assert!(store.members_after(BRAND, "mem_3", 2).await.unwrap().is_empty(), "{name}");
        assert_eq!(store.progress_of("x").await.unwrap(), None, "{name}");
        for far in ["1 mem_2", "1"] {
            store.keep_progress("x", far).await.unwrap();
            assert_eq!(store.progress_of("x").await.unwrap().as_deref(), Some(far), "{name}");
        }
        assert_eq!(store.progress_of("y").await.unwrap(), None, "{name}");
    }
}
