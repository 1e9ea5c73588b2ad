//! What many members share: counts with their guard, codes, what is parked for a person, names that were told.

use jiff::Timestamp;
use loyalty_connector::{
    loyalty::{
        Fact,
        counters::{Change, Count},
    },
    store::{
        Batch, Store, StoreError,
        audit::SharedCount,
        batch::{DuplicateRow, SettledRow},
        counters::{CountRow, Versioned},
        duplicates::Duplicate,
        names::NameRow,
        parked::{ParkedName, ParkedRow, Parking},
    },
    values::bounds::NAMES_KEPT,
};
use serde_json::json;

use crate::{
    books::{NOW, at},
    ground::{BRAND, House, ODD, OTHER, adjusted, both, joined, order},
    members::{member, snapshots},
};

/// `by` what a count changes, and what its code is worth from then on.
fn change(brand: &str, key: &str, change: Change, seen: Option<u64>) -> CountRow {
    CountRow { brand: brand.to_owned(), key: key.to_owned(), change, seen }
}

fn by(by: i64) -> Change {
    Change { by, ..Change::default() }
}

/// Where nobody looked.
fn below(by: i64, at_most: i64) -> Change {
    Change { by, at_most: Some(at_most), ..Change::default() }
}

fn worth(by: i64, offer: Option<&str>) -> Change {
    Change { by, offer: Some(offer.map(str::to_owned)), at_most: None }
}

async fn commit(store: &Store, counts: Vec<CountRow>) -> Result<(), StoreError> {
    store.commit(Batch { counts, ..Batch::default() }).await
}

fn key(brand: &str, key: &str) -> (String, String) {
    (brand.to_owned(), key.to_owned())
}

#[tokio::test]
async fn a_count_is_written_only_over_what_was_seen() {
    for (name, store, _) in both("a_count_is_written_only_over_what_was_seen").await {
        let now = async || {
            let counts = store.counts(vec![key(BRAND, ODD), key(BRAND, "none"), key(BRAND, ODD)]).await.unwrap();
            assert_eq!(counts[&key(BRAND, "none")], Versioned::default(), "{name}: what is not there is unused");
            assert_eq!(counts.len(), 2, "{name}");
            (counts[&key(BRAND, ODD)].count.clone(), counts[&key(BRAND, ODD)].version)
        };
        let is =
            |used: i64, offer: Option<&str>, version: u64| (Count { used, offer: offer.map(str::to_owned) }, version);
        commit(&store, vec![change(BRAND, ODD, by(3), Some(0))]).await.unwrap();
        assert_eq!(now().await, is(3, None, 1), "{name}");
        for seen in [0, 2, 9] {
            let raced =
                commit(&store, vec![change(BRAND, "beside", by(1), None), change(BRAND, ODD, by(1), Some(seen))]);
            let raced = raced.await.expect_err("somebody changed it");
            assert!(matches!(raced, StoreError::Raced(_) | StoreError::Lost(_)), "{name}: {raced}");
        }
        let missing = commit(&store, vec![change(BRAND, "none", by(1), Some(4))]).await;
        assert!(missing.is_err(), "{name}: what was seen is not there any more");
        commit(&store, vec![change(BRAND, ODD, worth(-1, Some(ODD)), Some(1))]).await.unwrap();
        assert_eq!(now().await, is(2, Some(ODD), 2), "{name}");
        commit(&store, vec![change(BRAND, ODD, by(5), None), change(OTHER, ODD, worth(1, Some("x")), None)])
            .await
            .unwrap();
        assert_eq!(now().await, is(7, Some(ODD), 3), "{name}: whatever it is");
        commit(&store, vec![change(BRAND, ODD, worth(0, None), None)]).await.unwrap();
        assert_eq!(now().await, is(7, None, 4), "{name}: void");
        let shared = store.shared_counts().await.unwrap();
        let all = [
            (key(BRAND, ODD), SharedCount { used: 7, version: 4 }),
            (key(OTHER, ODD), SharedCount { used: 1, version: 1 }),
        ];
        assert_eq!(shared, all, "{name}: in order of brand and key; of what was raced nothing is there");
        assert!(store.counts(Vec::new()).await.unwrap().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_count_at_which_nobody_looked_is_added_to_only_while_it_is_not_more_than_was_thought() {
    let test = "a_count_at_which_nobody_looked_is_added_to_only_while_it_is_not_more_than_was_thought";
    for (name, store, _) in both(test).await {
        let all = async || {
            let counts = store.shared_counts().await.unwrap().into_iter();
            counts.map(|((_, key), count)| (key, count.used, count.version)).collect::<Vec<_>>()
        };
        let is = |key: &str, used: i64, version: u64| (key.to_owned(), used, version);
        commit(&store, vec![change(BRAND, "a", below(3, 7), None)]).await.unwrap();
        assert_eq!(all().await, [is("a", 3, 1)], "{name}: what is not there yet is unused");
        commit(&store, vec![change(BRAND, "a", below(4, 3), None)]).await.unwrap();
        assert_eq!(all().await, [is("a", 7, 2)], "{name}: as much as was thought at most");
        let more = [change(BRAND, "a", below(1, 6), None), change(BRAND, "b", below(1, -1), None)];
        let beside = [change(BRAND, "c", below(2, 0), None), change(BRAND, "d", by(5), None)];
        for (rows, near) in [(&more[..1], vec!["a"]), (&more[1..], vec!["b"])] {
            let refused = commit(&store, [rows, &beside[..]].concat()).await.expect_err("more is used");
            let StoreError::Near(found) = &refused else { panic!("{name}: {refused}") };
            assert_eq!(*found, near.into_iter().map(|near| key(BRAND, near)).collect::<Vec<_>>(), "{name}");
            assert_eq!(all().await, [is("a", 7, 2)], "{name}: nothing else of it is there");
        }
        commit(&store, [&beside[..], &[change(BRAND, "a", below(-2, i64::MAX), None)][..]].concat()).await.unwrap();
        assert_eq!(all().await, [is("a", 5, 3), is("c", 2, 1), is("d", 5, 1)], "{name}: what gives back needs no room");
        commit(&store, vec![change(BRAND, "a", below(1, 5), Some(3))]).await.unwrap();
        let refused = commit(&store, vec![change(BRAND, "a", below(1, 5), Some(4))]).await;
        assert!(refused.is_err(), "{name}: looked at later in the commit, it is still as much as was thought before");
        assert_eq!(all().await, [is("a", 6, 4), is("c", 2, 1), is("d", 5, 1)], "{name}");
    }
}

#[tokio::test]
async fn codes_are_issued_once_and_counts_are_listed_in_pages() {
    for (name, store, _) in both("codes_are_issued_once_and_counts_are_listed_in_pages").await {
        let issue = async |brand, codes: &[&str]| {
            store.issue_codes(brand, "five", codes.iter().map(|code| (*code).to_owned()).collect()).await.unwrap()
        };
        assert_eq!(issue(BRAND, &["B", "a", "B", "Ж"]).await, 3, "{name}: each once");
        assert_eq!(issue(BRAND, &["B", "C"]).await, 1, "{name}");
        assert_eq!(issue(OTHER, &["B"]).await, 1, "{name}");
        assert_eq!(issue(BRAND, &[]).await, 0, "{name}");
        commit(&store, vec![change(BRAND, "code:C", worth(1, None), None)]).await.unwrap();
        assert_eq!(issue(BRAND, &["C"]).await, 0, "{name}: what is void stays so");
        let page = async |after: (&str, &str), limit| {
            let rows = store.all_counts(key(after.0, after.1), limit).await.unwrap();
            rows.into_iter().map(|(brand, key, count)| (brand, key, count.used, count.offer)).collect::<Vec<_>>()
        };
        let row = |brand: &str, code: &str, used: i64, offer: Option<&str>| {
            (brand.to_owned(), format!("code:{code}"), used, offer.map(str::to_owned))
        };
        let of = |code: &str| row(BRAND, code, 0, Some("five"));
        let all = [of("B"), row(BRAND, "C", 1, None), of("a"), of("Ж"), row(OTHER, "B", 0, Some("five"))];
        assert_eq!(page(("", ""), usize::MAX).await, all, "{name}: in the order of bytes");
        assert_eq!(page((BRAND, "code:C"), 2).await, all[2..4], "{name}");
        assert!(page((OTHER, "code:B"), 9).await.is_empty() && page(("", ""), 0).await.is_empty(), "{name}");
    }
}

fn parked(id: &str, number: u32, recorded_at: Timestamp) -> ParkedRow {
    ParkedRow {
        brand: BRAND.to_owned(),
        source: "shop".to_owned(),
        id: id.to_owned(),
        number,
        member: (number > 0).then(|| "mem_1".to_owned()),
        reason: ODD.to_owned(),
        content: json!({"a": [1, ODD, null]}),
        recorded_at,
    }
}

#[tokio::test]
async fn what_waits_for_a_person_is_listed_oldest_first_and_leaves_once() {
    let later = at("2026-11-20T12:00:00.000001Z");
    for (name, store, _) in both("what_waits_for_a_person_is_listed_oldest_first_and_leaves_once").await {
        let rows =
            [parked("b", 1, at(NOW)), parked("a", 2, later), parked("a", 10, later), parked(ODD, u32::MAX, later)];
        let batch = Batch { parked: rows[1..].to_vec(), ..Batch::default() };
        store.commit(batch).await.unwrap();
        assert_eq!(store.park(rows[0].clone(), 4).await.unwrap(), Parking::New, "{name}");
        let again = ParkedRow { reason: "other words".to_owned(), ..rows[0].clone() };
        assert_eq!(store.park(again, 4).await.unwrap(), Parking::Known, "{name}: it stays as it is");
        assert_eq!(
            store.park(parked("c", 1, at(NOW)), 4).await.unwrap(),
            Parking::Full,
            "{name}: four of its source wait"
        );
        let elsewhere = ParkedRow { brand: OTHER.to_owned(), recorded_at: Timestamp::MIN, ..rows[0].clone() };
        assert_eq!(store.park(elsewhere, 1).await.unwrap(), Parking::New, "{name}: each brand for itself");
        let first = (i64::MIN, String::new(), String::new(), 0);
        let expected = [&rows[0], &rows[3], &rows[1], &rows[2]].map(Clone::clone); // O before a
        assert_eq!(store.parked(BRAND, first.clone(), usize::MAX).await.unwrap(), expected, "{name}");
        assert_eq!(store.parked(BRAND, expected[1].place(), 1).await.unwrap(), expected[2..3], "{name}");
        assert!(store.parked(BRAND, expected[3].place(), 9).await.unwrap().is_empty(), "{name}");
        assert!(store.parked(BRAND, first, 0).await.unwrap().is_empty(), "{name}");
        let fact = async |id| store.parked_fact(BRAND, "shop", id).await.unwrap();
        assert_eq!(fact("a").await.as_ref(), Some(&rows[1]), "{name}: its first part");
        assert_eq!((fact("none").await, store.parked_fact(BRAND, "other", "a").await.unwrap()), (None, None), "{name}");
        let leave = async |brand, number| store.unpark(brand, "shop", "a", number).await.unwrap();
        assert_eq!([leave(OTHER, 2).await, leave(BRAND, 3).await], [false, false], "{name}");
        assert_eq!([leave(BRAND, 2).await, leave(BRAND, 2).await], [true, false], "{name}: once");
        assert_eq!(fact("a").await.as_ref(), Some(&rows[2]), "{name}");
        assert!(store.unpark(BRAND, "shop", ODD, u32::MAX).await.unwrap(), "{name}");
        let named = |brand: &str, id: &str| ParkedName {
            brand: brand.to_owned(),
            source: "shop".to_owned(),
            id: id.to_owned(),
        };
        let unparked = vec![named(BRAND, "b"), named(BRAND, "none"), named(OTHER, "a")];
        let batch = Batch { unparked, parked: vec![parked("b", 0, later)], ..Batch::default() };
        store.commit(batch).await.unwrap();
        assert_eq!(
            fact("b").await,
            Some(parked("b", 0, later)),
            "{name}: what waited is gone before what waits is put in"
        );
        assert!(store.parked_fact(OTHER, "shop", "b").await.unwrap().is_some(), "{name}: each brand for itself");
    }
}

#[tokio::test]
async fn who_may_be_one_person_is_listed_until_somebody_says_what_they_are() {
    for (name, store, _) in both("who_may_be_one_person_is_listed_until_somebody_says_what_they_are").await {
        let pair = |a: &str, b: &str, kind| DuplicateRow::of(BRAND, [a.to_owned(), b.to_owned()], kind, 7);
        let settled = SettledRow { pair: pair("m5", "m4", "phone"), state: "merged" };
        let duplicates = vec![
            pair("m3", "m1", "phone"),
            pair("m1", "m2", "email"),
            pair("m1", "m3", "card"),
            pair("m2", "m3", "card"),
        ];
        let elsewhere = DuplicateRow { brand: OTHER.to_owned(), ..pair("m1", "m2", "email") };
        store.commit(Batch { duplicates, settled: vec![settled], ..Batch::default() }).await.unwrap();
        store.commit(Batch { duplicates: vec![elsewhere], ..Batch::default() }).await.unwrap();
        store.commit(snapshots(&["m1", "m2", "m4"].map(|id| (BRAND, member(id, None, ""))))).await.unwrap();
        let list = async |after: [&str; 2], limit| {
            let pairs = store.duplicates(BRAND, after.map(str::to_owned), limit).await.unwrap();
            pairs
                .into_iter()
                .map(|Duplicate { members: [a, b], kind, recorded_at }| (a, b, kind, recorded_at))
                .collect::<Vec<_>>()
        };
        let row = |a: &str, b: &str, kind: &str| (a.to_owned(), b.to_owned(), kind.to_owned(), 7);
        let all = [row("m1", "m2", "email"), row("m1", "m3", "phone"), row("m2", "m3", "card")];
        assert_eq!(list(["", ""], usize::MAX).await, all, "{name}: as it was told first");
        assert_eq!(list(["m1", "m2"], 1).await, all[1..2], "{name}");
        assert!(list(["m2", "m3"], 9).await.is_empty() && list(["", ""], 0).await.is_empty(), "{name}");
        let counts = store.duplicate_counts().await.unwrap();
        assert_eq!(counts, [(BRAND.to_owned(), 3), (OTHER.to_owned(), 1)], "{name}");
        let apart =
            async |brand, pair: [&str; 2]| store.keep_apart(brand, pair.map(str::to_owned), (ODD, ODD)).await.unwrap();
        let state = async |pair: [&str; 2]| store.pair_state(BRAND, pair.map(str::to_owned)).await.unwrap();
        assert_eq!(state(["m2", "m1"]).await.as_deref(), Some("open"), "{name}: whichever is named first");
        assert_eq!(state(["m5", "m4"]).await.as_deref(), Some("merged"), "{name}: of one that nobody was told of, too");
        assert_eq!(state(["m1", "m9"]).await, None, "{name}");
        assert!(apart(BRAND, ["m2", "m1"]).await, "{name}: whichever is named first");
        assert!(apart(BRAND, ["m1", "m2"]).await, "{name}: the same again");
        assert_eq!(state(["m1", "m2"]).await.as_deref(), Some("apart"), "{name}");
        assert!(!apart(BRAND, ["m4", "m5"]).await, "{name}: what is merged is not kept apart");
        assert!(!apart(BRAND, ["m1", "m9"]).await && !apart(OTHER, ["m1", "m2"]).await, "{name}");
        store.commit(Batch { duplicates: vec![pair("m1", "m2", "card")], ..Batch::default() }).await.unwrap();
        assert_eq!(list(["", ""], 9).await, all[1..], "{name}: it is not asked again");
        let settled = vec![SettledRow { pair: pair("m1", "m3", "card"), state: "merged" }];
        store.commit(Batch { settled, ..Batch::default() }).await.unwrap();
        assert_eq!(list(["", ""], 9).await, all[2..], "{name}");
    }
}

fn told(brand: &str, kind: &'static str, name: &str, spelled: &str) -> NameRow {
    NameRow { brand: brand.to_owned(), kind, name: name.to_owned(), spelled: spelled.to_owned() }
}

#[tokio::test]
async fn a_name_is_kept_as_it_came_first_and_only_so_many() {
    for (name, store, _) in both("a_name_is_kept_as_it_came_first_and_only_so_many").await {
        let seen = async |brand| {
            let mut seen = store.names_seen(brand).await.unwrap();
            seen.sort();
            seen
        };
        let two = vec![
            told(BRAND, "category", "shoes", "Shoes"),
            told(BRAND, "category", "shoes", "SHOES"),
            told(BRAND, "store", ODD, ODD),
        ];
        store.commit(Batch { names: two, ..Batch::default() }).await.unwrap();
        store
            .keep_names(vec![told(BRAND, "category", "shoes", "sHOES"), told(OTHER, "category", "hats", "Hats")])
            .await
            .unwrap();
        let all = [("category".to_owned(), "Shoes".to_owned()), ("store".to_owned(), ODD.to_owned())];
        assert_eq!(seen(BRAND).await, all, "{name}");
        assert_eq!(seen(OTHER).await, [("category".to_owned(), "Hats".to_owned())], "{name}");
        let kept = NAMES_KEPT;
        let many = |from: usize, to: usize| {
            (from..to).map(|n| told(BRAND, "category", &format!("c{n}"), &format!("C{n}"))).collect::<Vec<_>>()
        };
        store.keep_names(many(0, kept - 3)).await.unwrap();
        store.keep_names(many(kept - 4, kept + 20)).await.unwrap();
        let categories: Vec<_> = seen(BRAND).await.into_iter().filter(|(kind, _)| kind == "category").collect();
        assert_eq!(categories.len(), kept, "{name}: and no more, however many come at once");
        assert!(
            categories.contains(&("category".to_owned(), format!("C{}", kept - 2))),
            "{name}: the first ones that came"
        );
        store.keep_names(Vec::new()).await.unwrap();
    }
}

#[tokio::test]
async fn names_are_gathered_of_the_newest_events_while_none_is_kept() {
    let mut house = House::new("names_are_gathered_of_the_newest_events_while_none_is_kept").await;
    for fact in [joined(), order("1", 1, 100), order("2", 1, 100), adjusted(1, "x")] {
        house.tell("1", fact).await;
        house.pass(1);
    }
    for (name, store, _) in &house.stores {
        let facts = store.facts_without_names(3).await.unwrap();
        let kinds: Vec<_> = facts.iter().map(|(brand, kind, _)| (brand.as_str(), kind.as_str())).collect();
        assert_eq!(kinds, [(BRAND, "adjustment"), (BRAND, "order"), (BRAND, "order")], "{name}: newest first");
        let Fact::Order { order_id, .. } = Fact::parse(&facts[1].1, &facts[1].2).unwrap() else { panic!("{name}") };
        assert_eq!(order_id, "2", "{name}");
        assert!(store.facts_without_names(0).await.unwrap().is_empty(), "{name}");
        assert_eq!(store.orders_up_to(BRAND, 9).await.unwrap(), 2, "{name}");
        assert_eq!(store.orders_up_to(BRAND, 1).await.unwrap(), 1, "{name}: no more are counted");
        assert_eq!(store.orders_up_to(OTHER, usize::MAX).await.unwrap(), 0, "{name}");
        store.keep_names(vec![told(OTHER, "store", "a", "A")]).await.unwrap();
        assert!(store.facts_without_names(9).await.unwrap().is_empty(), "{name}: it has begun");
    }
}
