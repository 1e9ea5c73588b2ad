//! Statements, events, orders: what people ask for, in pages.

use loyalty_connector::{
    loyalty::{
        Fact,
        event::{Adjustment, TierGranted},
    },
    store::{Batch, Settled, StatementRow, batch::PersonRow},
    values::person::Person,
};

use crate::{
    books::at,
    ground::{BRAND, House, ODD, OTHER, adjusted, joined, mark, order, person},
};

/// A member of whom six events have entries, the last one more than one.
async fn house(test: &str) -> House {
    let mut house = House::new(test).await;
    house.tell("1", joined()).await;
    for points in [100, 200, -50] {
        house.pass(60);
        house.tell("1", adjusted(points, ODD)).await;
    }
    let by = |by: Option<&str>| by.map(str::to_owned);
    let agreed = Adjustment { points: 7, reason: ODD.to_owned(), by: by(Some("till")), agreed: by(Some("desk")) };
    house.tell("1", Fact::Adjustment(agreed)).await;
    for id in ["b", "a", ODD] {
        house.tell("1", order(id, 1, 10_000)).await;
    }
    house.tell("1", order("a", 2, 90_000)).await;
    house
}

fn ids(rows: &[StatementRow]) -> Vec<&str> {
    rows.iter().map(|row| row.entry.id.as_str()).collect()
}

#[tokio::test]
async fn a_statement_is_read_newest_first_in_whole_events() {
    let house = house("a_statement_is_read_newest_first_in_whole_events").await;
    let entries: Vec<&str> = house.books.of("1").1.iter().rev().map(|entry| entry.id.as_str()).collect();
    for (name, store, _) in &house.stores {
        let rows = async |cursor, limit| store.statement_rows(BRAND, "mem_1", cursor, limit).await.unwrap();
        let all = rows(None, usize::MAX).await;
        assert_eq!(ids(&all), entries, "{name}");
        for cursor in [u64::MAX, i64::MAX as u64] {
            assert_eq!(ids(&rows(Some(cursor), 999).await), entries, "{name}");
        }
        let mut read = Vec::new();
        let mut cursor = None;
        loop {
            let page = rows(cursor, 2).await;
            let Some(last) = page.last() else { break };
            assert!(page.len() >= 2 || last.version == 2, "{name}: at least so many unless there are no more");
            cursor = Some(last.version);
            read.extend(page);
        }
        assert_eq!(ids(&read), entries, "{name}: nothing is left out or told twice");
        let by_hand = all.iter().find(|row| row.by.is_some()).unwrap();
        let told = (by_hand.by.as_deref(), by_hand.agreed.as_deref(), by_hand.reason.as_deref());
        assert_eq!(told, (Some("till"), Some("desk"), Some(ODD)), "{name}");
        assert!(all[0].reason.is_none() && all[0].by.is_none(), "{name}: an order has none");
        assert!(rows(None, 0).await.is_empty() && rows(Some(0), 9).await.is_empty(), "{name}");
        assert!(store.statement_rows(OTHER, "mem_1", None, 9).await.unwrap().is_empty(), "{name}");
        let (some, document) = store.statement(BRAND, "mem_1", Some(4), 1).await.unwrap();
        assert_eq!((some[0].version, document.map(|member| member.version)), (3, Some(3)), "{name}");
        let (none, document) = store.statement(BRAND, "mem_9", None, 9).await.unwrap();
        assert!(none.is_empty() && document.is_none(), "{name}");
    }
}

#[tokio::test]
async fn an_event_is_read_with_what_it_led_to() {
    let mut house = house("an_event_is_read_with_what_it_led_to").await;
    house.pass(5);
    let marks = || vec![mark("unomi", BRAND, "mem_2", 2, 0), mark("nocodb", BRAND, "mem_2", 2, 0)];
    let anna = Person { name: Some("Anna".to_owned()), ..Person::default() };
    house.tell("2", joined()).await;
    house
        .tell_with("2", adjusted(5, "x"), || Batch {
            feeds: marks(),
            persons: vec![person(BRAND, "mem_2", &anna)],
            ..Batch::default()
        })
        .await;
    let grant = TierGranted { tier: "gold".to_owned(), until: at("2027-01-01T00:00:00Z"), reason: "x".to_owned() };
    house.tell("1", Fact::TierGranted(grant)).await;
    for (name, store, _) in &house.stores {
        let event = store.event(BRAND, "test", "e2").await.unwrap().unwrap();
        assert_eq!((event.member.as_str(), event.version), ("mem_1", 2), "{name}");
        assert_eq!(event.event.fact, adjusted(100, ODD), "{name}");
        assert_eq!((event.entries.len(), event.receipt.points.change), (1, 100), "{name}");
        for (brand, source, id) in [(OTHER, "test", "e2"), (BRAND, "", "e2"), (BRAND, "test", ODD)] {
            assert!(store.event(brand, source, id).await.unwrap().is_none(), "{name}");
        }
        let of = async |member, kinds: &[&str]| {
            let events = store.events_of(BRAND, member, kinds).await.unwrap();
            events.into_iter().map(|stored| stored.event.id).collect::<Vec<_>>()
        };
        assert_eq!(of("mem_1", &["tier.granted", "adjustment"]).await, ["e12", "e5", "e4", "e3", "e2"], "{name}");
        assert_eq!(of("mem_2", &["adjustment"]).await, ["e11"], "{name}");
        assert!(of("mem_1", &["reward.given"]).await.is_empty() && of("mem_1", &[]).await.is_empty(), "{name}");
        let items = store.lease_feeds("unomi", 9, house.books.now, house.books.now).await.unwrap();
        store.settle_feeds("unomi", vec![(&items[0], Settled::Delivered)]).await.unwrap();
        let recent = store.recent_events(BRAND, 3).await.unwrap();
        let found: Vec<_> = recent.iter().map(|one| (one.stored.event.id.as_str(), one.stored.version)).collect();
        if store.is_shared() {
            let expected = [("e11", 2), ("e10", 1), ("e12", 10)];
            assert_eq!(found, expected, "{name}: newest first, of one instant by member and version");
        } else {
            assert_eq!(found, [("e12", 10), ("e11", 2), ("e10", 1)], "{name}: newest first");
        }
        let of_two = recent.iter().find(|one| one.stored.event.id == "e11").unwrap();
        let sent = [("nocodb", "due"), ("unomi", "sent")].map(|(to, state)| (to.to_owned(), state.to_owned()));
        assert_eq!(
            (of_two.name.as_deref(), of_two.deliveries.as_slice()),
            (Some("Anna"), &sent[..]),
            "{name}: in order"
        );
        assert!(store.recent_events(BRAND, 0).await.unwrap().is_empty(), "{name}");
        assert_eq!(store.recent_events(BRAND, usize::MAX).await.unwrap().len(), 12, "{name}");
        assert!(store.recent_events(OTHER, 9).await.unwrap().is_empty(), "{name}");
        let tier = async |version| store.tier_after(BRAND, "mem_1", version).await.unwrap();
        assert_eq!(tier(1).await.as_deref(), Some("bronze"), "{name}");
        assert_eq!(tier(10).await.as_deref(), Some("gold"), "{name}");
        assert_eq!([tier(0).await, tier(11).await, tier(u64::MAX).await], [None, None, None], "{name}");
    }
}

#[tokio::test]
async fn orders_of_a_member_are_listed_in_order_of_id() {
    let house = house("orders_of_a_member_are_listed_in_order_of_id").await;
    for (name, store, _) in &house.stores {
        let page = async |after: &str, limit| {
            let orders = store.orders_of(BRAND, "mem_1", after, limit).await.unwrap();
            orders.into_iter().map(|order| (order.id, order.version)).collect::<Vec<_>>()
        };
        let all = [(ODD.to_owned(), 1), ("a".to_owned(), 2), ("b".to_owned(), 1)];
        assert_eq!(page("", usize::MAX).await, all, "{name}: in the order of bytes");
        assert_eq!(page(ODD, 1).await, all[1..2], "{name}");
        assert!(page("b", 9).await.is_empty() && page("", 0).await.is_empty(), "{name}");
        assert!(store.orders_of(OTHER, "mem_1", "", 9).await.unwrap().is_empty(), "{name}");
        assert!(store.orders_of(BRAND, "mem_2", "", 9).await.unwrap().is_empty(), "{name}");
        assert_eq!(store.order(BRAND, ODD).await.unwrap().map(|order| order.id).as_deref(), Some(ODD), "{name}");
    }
}

#[tokio::test]
async fn a_member_is_found_by_the_beginnings_of_its_words() {
    let house = House::new("a_member_is_found_by_the_beginnings_of_its_words").await;
    let facts = |name: &str, number: &str, phone: Option<&str>| Person {
        name: Some(name.to_owned()),
        external_id: Some(number.to_owned()),
        phone: phone.map(str::to_owned),
        ..Person::default()
    };
    let all = [
        ("mem_1", facts("Ганна Õnne", "kx-7", Some("+37255551003"))),
        ("mem_2", facts(ODD, "kx-8", None)),
        ("mem_3", facts("Anna Onne", "KX-72", None)),
    ];
    let rows = || all.iter().map(|(member, facts)| person(BRAND, member, facts)).collect::<Vec<_>>();
    house.commit(|| Batch { persons: rows(), ..Batch::default() }).await;
    house.commit(|| Batch { persons: vec![person(OTHER, "mem_9", &all[0].1)], ..Batch::default() }).await;
    for (name, store, _) in &house.stores {
        let find = async |text: &str, limit| {
            let hits = store.search_members(BRAND, text, limit).await.unwrap();
            hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>()
        };
        assert_eq!(find("onne", 9).await, ["mem_3", "mem_1"], "{name}: newest first");
        assert_eq!(find("ОNNE", 9).await, Vec::<String>::new(), "{name}: another O");
        assert_eq!(find("ÕNNE гАН", 9).await, ["mem_1"], "{name}: in any order, without case and accents");
        assert_eq!(find("5555 1003", 9).await, ["mem_1"], "{name}: as a phone is spoken");
        assert_eq!(find("kx-7", 9).await, ["mem_3", "mem_1"], "{name}: its beginning");
        assert_eq!(find("o'neill", 9).await, ["mem_2"], "{name}");
        assert_eq!(find("", 2).await, ["mem_3", "mem_2"], "{name}: the newest");
        assert!(find("%", 9).await.is_empty() && find("_", 9).await.is_empty(), "{name}: signs find nobody");
        assert!(find("", 0).await.is_empty(), "{name}");
        let hit = store.search_members(BRAND, "neill", 1).await.unwrap().pop().unwrap();
        assert_eq!(
            (hit.name.as_deref(), hit.external_id.as_deref(), hit.email),
            (Some(ODD), Some("kx-8"), None),
            "{name}"
        );
        let other = PersonRow {
            words_gone: ["anna".to_owned()].into(),
            ..person(BRAND, "mem_3", &facts("Mari", "KX-72", None))
        };
        store.commit(Batch { persons: vec![other], ..Batch::default() }).await.unwrap();
        assert!(find("anna", 9).await.is_empty() && find("mari", 9).await == ["mem_3"], "{name}");
        assert!(!store.fill_search(9).await.unwrap(), "{name}: a new database has all words");
    }
}
