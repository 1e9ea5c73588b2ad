//! What was recorded between two instants, and how members and orders stood before it.

use jiff::SignedDuration;
use loyalty_connector::{loyalty::Member, store::window::Query};

use crate::ground::{BRAND, House, ODD, OTHER, adjusted, joined, order};

fn micros(house: &House) -> i64 {
    house.books.now.as_microsecond()
}

fn window(brand: &str, from: i64, until: i64) -> Query {
    Query { brand: brand.to_owned(), from, until, wanted: |kind| kind == "order", code_of: "reward.claimed" }
}

/// Two members of whom something is recorded before, in and after a window; the documents of the first one by version.
async fn house(test: &str) -> (House, Vec<Member>, (i64, i64)) {
    let (mut house, mut documents) = (House::new(test).await, Vec::new());
    documents.push(house.tell("1", joined()).await.member);
    documents.push(house.tell("1", order("a", 1, 10_000)).await.member);
    house.pass(60);
    let from = micros(&house);
    house.tell("2", joined()).await;
    documents.push(house.tell("1", order("a", 2, 90_000)).await.member);
    house.pass(60);
    house.tell("2", order(ODD, 1, 5_000)).await;
    documents.push(house.tell("1", adjusted(7, ODD)).await.member);
    house.pass(60);
    let until = micros(&house);
    documents.push(house.tell("1", adjusted(9, ODD)).await.member);
    (house, documents, (from, until))
}

#[tokio::test]
async fn the_marks_of_a_window_are_in_the_order_of_all_members() {
    let (house, _, (from, until)) = house("the_marks_of_a_window_are_in_the_order_of_all_members").await;
    for (name, store, _) in &house.stores {
        let marks = store.marks(window(BRAND, from, until)).await.unwrap();
        assert_eq!(
            (&marks.members[..], &marks.first[..]),
            (&["mem_1".to_owned(), "mem_2".to_owned()][..], &[3, 1][..])
        );
        let rows: Vec<_> = marks.rows.iter().map(|mark| (mark.member(), mark.version, mark.wanted)).collect();
        assert_eq!(rows, [(0, 3, true), (1, 1, false), (0, 4, false), (1, 2, true)], "{name}");
        let orders: Vec<_> = marks.orders.iter().map(|order| (order.id.as_str(), order.is_new, order.first)).collect();
        assert!(orders.contains(&("a", false, (0, 3))) && orders.contains(&(ODD, true, (1, 2))), "{name}: {orders:?}");
        assert_eq!(orders.len(), 2, "{name}");
        assert!(marks.codes.is_empty(), "{name}");
        for (brand, from, until) in [(OTHER, from, until), (BRAND, from, from), (BRAND, until + 1, i64::MAX)] {
            let none = store.marks(window(brand, from, until)).await.unwrap();
            assert!(none.rows.is_empty() && none.members.is_empty() && none.orders.is_empty(), "{name}");
        }
        let all = store.marks(window(BRAND, i64::MIN, i64::MAX)).await.unwrap();
        assert_eq!(all.rows.len(), house.books.rows.len(), "{name}");
    }
}

#[tokio::test]
async fn members_are_known_as_they_stood_at_an_instant() {
    let (house, documents, (from, until)) = house("members_are_known_as_they_stood_at_an_instant").await;
    let both = || vec!["mem_1".to_owned(), "mem_2".to_owned(), "mem_9".to_owned()];
    for (name, store, _) in &house.stores {
        let before = store.members_as_of(BRAND, both(), from).await.unwrap();
        assert_eq!(before, [Some(documents[1].clone()), None, None], "{name}: what is of this instant is later");
        let later = store.members_as_of(BRAND, both(), until).await.unwrap();
        assert_eq!(later[0], Some(documents[3].clone()), "{name}");
        assert_eq!(later[1].as_ref().map(|member| member.version), Some(2), "{name}");
        let elsewhere = store.members_as_of(OTHER, both(), until).await.unwrap();
        assert_eq!(elsewhere, [None, None, None], "{name}");
        assert_eq!(store.members_as_of(BRAND, Vec::new(), until).await.unwrap(), [], "{name}");
    }
}

#[tokio::test]
async fn rows_are_read_where_their_marks_are() {
    let (house, _, (from, until)) = house("rows_are_read_where_their_marks_are").await;
    for (name, store, _) in &house.stores {
        let marks = store.marks(window(BRAND, from, until)).await.unwrap();
        let places: Vec<_> =
            marks.rows.iter().map(|mark| (mark.seq, marks.members[mark.member()].clone(), mark.version)).collect();
        let contents = store.contents(BRAND, places.clone()).await.unwrap();
        assert_eq!(contents.len(), places.len(), "{name}");
        for ((_, member, version), content) in places.iter().zip(&contents) {
            let row = house.books.rows.iter().find(|row| row.member == *member && row.version == *version).unwrap();
            assert_eq!((&content.kind, &content.data, &content.id), (&row.kind, &row.data, &row.id), "{name}");
            assert_eq!((&content.source, content.occurred_at), (&row.source, row.occurred_at), "{name}");
        }
        assert!(store.contents(BRAND, Vec::new()).await.unwrap().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn members_and_orders_stand_as_they_did_at_a_version() {
    let (house, documents, _) = house("members_and_orders_stand_as_they_did_at_a_version").await;
    for (name, store, _) in &house.stores {
        let versions: Vec<_> = (1..=documents.len() as u64).map(|version| ("mem_1".to_owned(), version)).collect();
        let known = store.members_at(BRAND, versions.clone()).await.unwrap();
        let without_head = |member: &Member| Member { head: String::new(), ..member.clone() };
        for (known, document) in known.iter().zip(&documents) {
            assert_eq!(known.as_ref().map(without_head), Some(without_head(document)), "{name}");
        }
        let nobody = vec![("mem_1".to_owned(), 0), ("mem_9".to_owned(), 3)];
        assert_eq!(store.members_at(BRAND, nobody).await.unwrap(), [None, None], "{name}");
        assert_eq!(store.members_at(OTHER, versions).await.unwrap().iter().flatten().count(), 0, "{name}");
        let at = vec![("a".to_owned(), "mem_1".to_owned(), 3), (ODD.to_owned(), "mem_2".to_owned(), 2)];
        let orders = store.orders_at(BRAND, at).await.unwrap();
        let before = orders[0].as_ref().unwrap();
        assert_eq!((before.version, before.state.lines[0].unit_price), (1, 10_000), "{name}: not as it is now");
        assert!(orders[1].is_none(), "{name}: it was made by this row");
        assert!(house.books.now > documents[0].joined_at + SignedDuration::from_secs(100), "time passed");
    }
}

#[tokio::test]
async fn what_rules_gave_in_a_window_is_added_up() {
    let (house, _, (from, until)) = house("what_rules_gave_in_a_window_is_added_up").await;
    let mut all = Vec::new();
    for (name, store, _) in &house.stores {
        let given = async |brand: &str, from, until| store.given_by_rules(brand, from, until).await.unwrap();
        let whole = given(BRAND, i64::MIN, i64::MAX).await;
        assert!(whole.values().sum::<i64>() > 0, "{name}: {whole:?}");
        let parts = [(i64::MIN, from), (from, until), (until, i64::MAX)];
        let mut sum = std::collections::BTreeMap::new();
        for (from, until) in parts {
            for (rule, points) in given(BRAND, from, until).await {
                *sum.entry(rule).or_insert(0) += points;
            }
        }
        assert_eq!(sum, whole, "{name}: half-open");
        assert_eq!(given(OTHER, i64::MIN, i64::MAX).await.len(), 0, "{name}");
        assert_eq!(given(BRAND, from, from).await.len(), 0, "{name}");
        all.push(whole);
    }
    assert!(all.windows(2).all(|two| two[0] == two[1]), "both stores say the same: {all:?}");
}
