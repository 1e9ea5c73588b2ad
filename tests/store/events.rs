//! Events with the documents they lead to: what a commit guards, and what is read of it again.

use loyalty_connector::{
    loyalty::order::Revision,
    store::{Batch, EventRow, StoreError, batch::OrderRow, find::Question},
    values::person::Person,
};

use crate::{
    books::at,
    ground::{BRAND, House, KEY, ODD, OTHER, adjusted, both, identity, joined, order, person, share},
    support::postgres,
};

/// Two members with five events of the first; one of them is about an order that has two states.
async fn house(test: &str) -> House {
    let mut house = House::new(test).await;
    house.tell("1", joined()).await;
    house.pass(60);
    house.tell("1", order("1001", 1, 10_000)).await;
    house.tell("2", joined()).await;
    house.pass(60);
    house.tell("1", order("1001", 2, 20_000)).await;
    house.tell("1", adjusted(500, ODD)).await;
    house.tell("1", order("1002", 1, 3_000)).await;
    house
}

/// A commit with what is wrong about it.
type Make<'a> = (&'a str, Box<dyn Fn() -> Batch + 'a>);

fn ids(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(brand, member)| ((*brand).to_owned(), (*member).to_owned())).collect()
}

#[tokio::test]
async fn what_is_committed_is_read_as_it_was_decided() {
    let house = house("what_is_committed_is_read_as_it_was_decided").await;
    let rows: Vec<&EventRow> = house.books.rows.iter().filter(|row| row.member == "mem_1").collect();
    for (name, store, _) in &house.stores {
        assert_eq!(store.streams().await.unwrap(), ids(&[(BRAND, "mem_1"), (BRAND, "mem_2")]), "{name}");
        let stream = store.stream(BRAND, "mem_1").await.unwrap();
        assert_eq!(stream.rows.iter().collect::<Vec<_>>(), rows, "{name}");
        assert_eq!(stream.document.as_ref(), Some(house.books.of("1").0), "{name}");
        let orders: Vec<_> = house.books.orders.values().cloned().collect();
        assert_eq!(stream.orders, orders, "{name}: in order of id");
        let all = store.streams_of(ids(&[(BRAND, "mem_2"), (BRAND, "mem_0"), (BRAND, "mem_1")])).await.unwrap();
        let counts: Vec<_> = all.iter().map(|stream| (stream.member.as_str(), stream.rows.len())).collect();
        assert_eq!(counts, [("mem_2", 1), ("mem_0", 0), ("mem_1", 5)], "{name}: in the order asked");
        assert!(all[1].document.is_none() && all[1].orders.is_empty(), "{name}");
        let loaded = store.member(BRAND, "mem_1").await.unwrap().unwrap();
        assert_eq!((&loaded.member, loaded.behind, loaded.key), (house.books.of("1").0, 5, None), "{name}");
        assert!(store.member(OTHER, "mem_1").await.unwrap().is_none(), "{name}: of its own brand only");
        assert_eq!(store.order(BRAND, "1001").await.unwrap().as_ref(), house.books.orders.get("1001"), "{name}");
        assert!(store.order(OTHER, "1001").await.unwrap().is_none(), "{name}");
    }
}

#[tokio::test]
async fn a_snapshot_and_the_events_after_it_are_the_document() {
    let mut house = house("a_snapshot_and_the_events_after_it_are_the_document").await;
    let old = house.snapshot("1");
    let member = || Batch { members: old.members.clone(), ..Batch::default() };
    house.commit(member).await;
    house.tell("1", adjusted(7, "x")).await;
    for (name, store, _) in &house.stores {
        let asked = ids(&[(BRAND, "mem_0"), (BRAND, "mem_1"), (OTHER, "mem_1"), (BRAND, "mem_1")]);
        let loaded = store.load(asked).await.unwrap();
        let found: Vec<_> = loaded.iter().map(|one| one.as_ref().map(|one| (&one.member, one.behind))).collect();
        let one = Some((house.books.of("1").0, 1));
        assert_eq!(found, [None, one, None, one], "{name}: in the order asked");
        let alarm = store.stream(BRAND, "mem_1").await.unwrap().alarm;
        assert_eq!(alarm, old.members[0].1.member.next_due_at, "{name}: as the snapshot has it");
        assert!(alarm.is_some(), "{name}");
        store.commit(house.snapshot("1")).await.unwrap();
        store.commit(member()).await.unwrap();
        let loaded = store.member(BRAND, "mem_1").await.unwrap().unwrap();
        assert_eq!((loaded.member.version, loaded.behind), (6, 0), "{name}: an older snapshot changes nothing");
    }
}

#[tokio::test]
async fn a_commit_is_whole_or_nothing_and_only_over_what_was_there() {
    let house = house("a_commit_is_whole_or_nothing_and_only_over_what_was_there").await;
    let known = house.books.rows[1].clone();
    let next = |version: u64, id: &str| EventRow { version, id: id.to_owned(), ..known.clone() };
    let state = |version: u64, member: &str| OrderRow {
        brand: BRAND.to_owned(),
        id: "1001".to_owned(),
        member: member.to_owned(),
        version,
        document: "{}".to_owned(),
    };
    let with = |batch: Batch| Batch { events: vec![next(9, "new")], ..batch };
    let refused: [Make<'_>; 8] = [
        (
            "a version that is there",
            Box::new(|| Batch { events: vec![next(9, "new"), next(2, "again")], ..Batch::default() }),
        ),
        (
            "an id that is there",
            Box::new(|| Batch { events: vec![next(9, "new"), next(10, "e2")], ..Batch::default() }),
        ),
        (
            "an order's first state again",
            Box::new(|| with(Batch { orders: vec![state(1, "mem_1")], ..Batch::default() })),
        ),
        (
            "an order's last state again",
            Box::new(|| with(Batch { orders: vec![state(2, "mem_1")], ..Batch::default() })),
        ),
        ("a state that skips one", Box::new(|| with(Batch { orders: vec![state(4, "mem_1")], ..Batch::default() }))),
        (
            "a later state of an order that is not there",
            Box::new(|| {
                let order = OrderRow { id: "7".to_owned(), ..state(2, "mem_1") };
                with(Batch { orders: vec![order], ..Batch::default() })
            }),
        ),
        (
            "an identity that is somebody's",
            Box::new(|| {
                let identities = vec![identity(BRAND, "card", "hash", "mem_2")];
                with(Batch { identities, ..Batch::default() })
            }),
        ),
        (
            "an identity twice",
            Box::new(|| {
                let identities = ["mem_1", "mem_2"].map(|member| identity(BRAND, "card", "twice", member)).into();
                with(Batch { identities, ..Batch::default() })
            }),
        ),
    ];
    house.commit(|| Batch { identities: vec![identity(BRAND, "card", "hash", "mem_1")], ..Batch::default() }).await;
    for (name, store, _) in &house.stores {
        for (what, batch) in &refused {
            let refusal = store.commit(batch()).await.expect_err(what);
            let told = matches!(refusal, StoreError::Lost(_)) || refusal.is_about_data();
            assert!(told, "{name}: {what}: {refusal}");
            assert!(
                store.event(BRAND, "test", "new").await.unwrap().is_none(),
                "{name}: {what}: nothing of it is there"
            );
        }
        assert_eq!(store.order(BRAND, "1001").await.unwrap().map(|order| order.version), Some(2), "{name}");
        assert_eq!(store.owner(BRAND, "card", "twice".to_owned()).await.unwrap(), None, "{name}");
        let same = |batch: Batch| Batch { events: vec![next(6, "other")], ..batch };
        let two = ["mem_1", "mem_2"].into_iter().zip(3..).map(|(member, version)| state(version, member));
        store.commit(same(Batch { orders: two.collect(), ..Batch::default() })).await.unwrap();
        let moved = store.orders_of(BRAND, "mem_2", "", 9).await;
        assert!(
            moved.is_err(),
            "{name}: two states in one commit, and the last one's member has it: `{{}}` is no order"
        );
        store.commit(Batch::default()).await.unwrap();
    }
}

#[tokio::test]
async fn an_identity_has_one_owner_and_is_released_by_nobody_else() {
    let test = "an_identity_has_one_owner_and_is_released_by_nobody_else";
    for (name, store, _) in both(test).await {
        let owner = async |kind, hash: &str| store.owner(BRAND, kind, hash.to_owned()).await.unwrap();
        let give = |member| vec![identity(BRAND, "card", ODD, member)];
        store.commit(Batch { identities: give("mem_1"), ..Batch::default() }).await.unwrap();
        assert_eq!(owner("card", ODD).await.as_deref(), Some("mem_1"), "{name}");
        assert_eq!((owner("phone", ODD).await, owner("card", "").await), (None, None), "{name}");
        assert_eq!(store.owner(OTHER, "card", ODD.to_owned()).await.unwrap(), None, "{name}");
        store.commit(Batch { released: give("mem_2"), ..Batch::default() }).await.unwrap();
        assert_eq!(owner("card", ODD).await.as_deref(), Some("mem_1"), "{name}: it is not that one's to release");
        let moved = Batch { released: give("mem_1"), identities: give("mem_2"), ..Batch::default() };
        store.commit(moved).await.unwrap();
        assert_eq!(owner("card", ODD).await.as_deref(), Some("mem_2"), "{name}: released and given in one commit");
        let mut brief = Batch { identities: vec![identity(BRAND, "card", "brief", "mem_1")], ..Batch::default() };
        brief.absorb(Batch { released: vec![identity(BRAND, "card", "brief", "mem_1")], ..Batch::default() });
        store.commit(brief).await.unwrap();
        assert_eq!(owner("card", "brief").await, None, "{name}: given and released in one commit");
    }
}

#[tokio::test]
async fn a_batch_is_found_question_by_question() {
    let house = house("a_batch_is_found_question_by_question").await;
    house.commit(|| Batch { identities: vec![identity(BRAND, "card", "hash", "mem_2")], ..Batch::default() }).await;
    let question = |id: &str, order_id: Option<&str>, revision: Option<i64>| Question {
        brand: BRAND.to_owned(),
        source: "test".to_owned(),
        id: id.to_owned(),
        order_id: order_id.map(str::to_owned),
        revision: revision.map(Revision::Number),
        identities: vec![("card", "nobody's".to_owned()), ("card", "hash".to_owned())],
    };
    for (name, store, _) in &house.stores {
        let questions = vec![
            question("e9", Some("1001"), Some(3)),
            question("e2", Some("1001"), Some(1)),
            question("e1", None, None),
            Question { brand: OTHER.to_owned(), ..question("e1", Some("1001"), None) },
            question("e9", Some("7"), Some(1)),
        ];
        let found = store.find(questions).await.unwrap();
        let known: Vec<_> = found.iter().map(|found| found.known.as_ref().map(|known| known.member.as_str())).collect();
        assert_eq!(known, [None, Some("mem_1"), Some("mem_1"), None, None], "{name}: in the order asked");
        let orders: Vec<_> = found.iter().map(|found| found.order.as_ref().map(|order| order.version)).collect();
        assert_eq!(orders, [Some(2), Some(2), None, None, None], "{name}");
        assert_eq!(found[0].owners, [None, Some("mem_2".to_owned())], "{name}");
        assert_eq!(found[3].owners, [None, None], "{name}: of its own brand only");
        let receipt = &found[2].known.as_ref().unwrap().receipt;
        assert_eq!(receipt.member_id, "mem_1", "{name}");
        assert!(store.find(Vec::new()).await.unwrap().is_empty() && store.load(Vec::new()).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn how_things_stood_before_an_event_is_read_of_any_version() {
    let house = house("how_things_stood_before_an_event_is_read_of_any_version").await;
    for (name, store, _) in &house.stores {
        let moment = store.moment(BRAND, "mem_1", 3).await.unwrap().unwrap();
        assert_eq!(moment.row.order_id.as_deref(), Some("1001"), "{name}");
        assert_eq!(moment.before.as_ref().map(|member| member.version), Some(2), "{name}");
        assert_eq!(moment.of_order.iter().map(|row| row.version).collect::<Vec<_>>(), [2], "{name}: earlier rows only");
        let first = store.moment(BRAND, "mem_1", 1).await.unwrap().unwrap();
        assert!(first.before.is_none() && first.of_order.is_empty(), "{name}");
        for beyond in [0, 6, i64::MAX as u64, u64::MAX] {
            assert!(store.moment(BRAND, "mem_1", beyond).await.unwrap().is_none(), "{name}: {beyond}");
        }
        let last = async |order, before| store.last_of_order(BRAND, "mem_1", order, before).await.unwrap();
        assert_eq!([last("1001", u64::MAX).await, last("1001", 3).await], [Some(3), Some(2)], "{name}");
        assert_eq!([last("1001", 2).await, last("7", u64::MAX).await], [None, None], "{name}");
        let at_version = async |version| store.member_at(BRAND, "mem_1", version).await.unwrap();
        assert_eq!(at_version(3).await.map(|member| member.version), Some(3), "{name}");
        assert_eq!(at_version(u64::MAX).await.as_ref(), Some(house.books.of("1").0), "{name}");
        assert_eq!(at_version(0).await, None, "{name}");
        assert_eq!(store.member_at(OTHER, "mem_1", 3).await.unwrap(), None, "{name}");
    }
}

#[tokio::test]
async fn a_place_is_found_by_event_and_by_entry() {
    let house = house("a_place_is_found_by_event_and_by_entry").await;
    let entry = house.books.of("1").1.last().unwrap().id.clone();
    for (name, store, _) in &house.stores {
        let place = store.place_of_event(BRAND, "test", "e2").await.unwrap();
        assert_eq!(place, Some(("mem_1".to_owned(), 2)), "{name}");
        assert_eq!(store.place_of_event(OTHER, "test", "e2").await.unwrap(), None, "{name}");
        assert_eq!(store.place_of_event(BRAND, "test", ODD).await.unwrap(), None, "{name}");
        assert_eq!(store.place_of_entry(BRAND, &entry).await.unwrap(), Some(("mem_1".to_owned(), 5)), "{name}");
        let part = &entry[..entry.len() - 1];
        assert_eq!(store.place_of_entry(BRAND, part).await.unwrap(), None, "{name}: whole ids only");
        assert_eq!(store.place_of_entry(OTHER, &entry).await.unwrap(), None, "{name}");
        assert_eq!(store.place_of_entry(BRAND, ODD).await.unwrap(), None, "{name}");
    }
}

#[tokio::test]
async fn heads_are_the_newest_rows_in_order_of_member() {
    let test = "heads_are_the_newest_rows_in_order_of_member";
    let house = house(test).await;
    for (name, store, _) in &house.stores {
        let newest = store.newest_recorded(BRAND).await.unwrap();
        assert_eq!(newest, Some(house.books.now), "{name}");
        assert!(store.last_event(BRAND).await.unwrap() > 0, "{name}");
        let heads = store.heads(BRAND, u64::MAX).await.unwrap();
        let chain = |member: &str| house.books.rows.iter().rfind(|row| row.member == member).unwrap().chain.clone();
        let found: Vec<_> = heads.iter().map(|head| (head.member.as_str(), head.version, head.chain.clone())).collect();
        assert_eq!(found, [("mem_1", 5, chain("mem_1")), ("mem_2", 1, chain("mem_2"))], "{name}");
        assert!(store.heads(BRAND, 0).await.unwrap().is_empty(), "{name}: before the first");
        assert!(store.heads(OTHER, u64::MAX).await.unwrap().is_empty(), "{name}");
        assert_eq!(store.newest_recorded(OTHER).await.unwrap(), None, "{name}");
        assert_eq!(store.last_event(OTHER).await.unwrap(), 0, "{name}");
    }
}

#[tokio::test]
async fn what_belongs_to_nobody_is_named_and_members_are_counted() {
    let house = house("what_belongs_to_nobody_is_named_and_members_are_counted").await;
    let facts = Person::default();
    house
        .commit(|| Batch {
            identities: ["9", "8"].map(|member| identity(BRAND, "card", member, member)).into(),
            persons: vec![
                person(OTHER, "mem_1", &facts),
                person(BRAND, "mem_2", &facts),
                person(BRAND, "mem_1", &facts),
            ],
            ..Batch::default()
        })
        .await;
    for (name, store, _) in &house.stores {
        let counts = store.members().await.unwrap();
        assert_eq!(counts, [(BRAND.to_owned(), 2), (OTHER.to_owned(), 1)], "{name}");
        let nobodys = store.rows_of_nobody().await.unwrap();
        assert_eq!(nobodys, ids(&[("identity", "8"), ("identity", "9"), ("person", "mem_1")]), "{name}");
        let integrity = store.integrity().await.unwrap();
        assert_eq!(integrity.damage, Vec::<String>::new(), "{name}");
        let loaded = store.member(BRAND, "mem_1").await.unwrap().unwrap();
        assert_eq!((loaded.key, loaded.person), (Some(KEY), facts.clone()), "{name}");
    }
}

#[tokio::test]
async fn a_member_that_another_connector_wrote_is_stale() {
    let test = "a_member_that_another_connector_wrote_is_stale";
    let mut house = house(test).await;
    let seen = vec![
        ((BRAND.to_owned(), "mem_1".to_owned()), 4),
        ((BRAND.to_owned(), "mem_2".to_owned()), 1),
        ((OTHER.to_owned(), "mem_1".to_owned()), 4),
    ];
    for (name, store, _) in &house.stores {
        let stale = store.stale(seen.clone()).await.unwrap();
        let expected = if store.is_shared() { ids(&[(BRAND, "mem_1")]) } else { Vec::new() };
        assert_eq!(stale, expected, "{name}: where nobody else writes, nothing is");
        assert!(store.stale(Vec::new()).await.unwrap().is_empty(), "{name}");
    }
    house.pass(1);
    let Some(url) = postgres::database(test) else { return };
    let (one, two) = (share(&url, "one").await, share(&url, "two").await);
    let row = house.books.rows[0].clone();
    one.commit(Batch { events: vec![row.clone()], ..Batch::default() }).await.unwrap();
    let again = Batch { events: vec![row], ..Batch::default() };
    let lost = two.commit(again).await.expect_err("the other one was faster");
    assert!(matches!(&lost, StoreError::Lost(members) if *members == ids(&[(BRAND, "mem_1")])), "{lost}");
    assert_eq!(one.newest_recorded(BRAND).await.unwrap(), Some(at(crate::books::NOW)));
}
