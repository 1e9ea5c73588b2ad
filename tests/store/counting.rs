//! What is read of a member's past for measures that count it.

use std::sync::Arc;

use loyalty_connector::{
    loyalty::{Fact, Member, Programmes, Version, measures::MOST_COUNTED_BACK, programme::check},
    programme::{csv, sample},
};

use crate::ground::{BRAND, House, OTHER, adjusted, joined, order};

const ROWS: &str =
    "Challenge,Counts,Event,Goal,Points,Counts from\nbuyer,orders,,9,1,start\ntalker,events,review,9,1,start\n";

fn published(house: &House) -> Programmes {
    let mut tables = sample::tables();
    tables.0.insert("Challenges".to_owned(), csv::read("Challenges", ROWS).unwrap());
    let programme = Arc::new(check(&tables).unwrap());
    house.books.programmes.with(Version { number: 2, effective_at: house.books.now, programme })
}

#[tokio::test]
async fn the_past_is_counted_once_from_orders_and_events_of_the_member_as_it_is_kept() {
    let mut house = House::new("the_past_is_counted_once_from_orders_and_events_of_the_member_as_it_is_kept").await;
    let review = || Fact::parse("review", "{}").unwrap();
    for fact in [joined(), order("a", 1, 9_000), order("b", 1, 9_000), order("a", 2, 8_000), review(), adjusted(7, "x")]
    {
        house.tell("1", fact).await;
    }
    house.tell("2", joined()).await;
    house.tell("2", order("c", 1, 9_000)).await;
    house.pass(60);
    let (programmes, known) = (published(&house), house.books.of("1").0.clone());
    for (name, store, _) in &house.stores {
        let of = |member: Member| {
            let programmes = &programmes;
            async move {
                let counted = store.count_past(programmes, (BRAND, &member)).await.unwrap();
                counted.map(|counted| serde_json::to_value(counted).unwrap()["measures"]["mem_1"].clone())
            }
        };
        let counted = of(known.clone()).await.unwrap();
        assert_eq!(counted["orders|ever|past"]["numbers"]["ever"], 2, "{name}: {counted}");
        assert_eq!(counted.as_object().unwrap().len(), 2, "{name}: {counted}");
        assert!(counted.to_string().contains(r#""numbers":{"ever":1}"#), "{name}: one review: {counted}");
        assert!(counted.to_string().matches(r#""whole":true"#).count() == 2, "{name}: {counted}");
        let older = Member { version: known.version - 1, ..known.clone() };
        assert_eq!(of(older).await, None, "{name}: not as it is kept");
        let many = Member { version: MOST_COUNTED_BACK + 1, ..known.clone() };
        let begins = of(many).await.unwrap();
        assert_eq!(begins["orders|ever|past"]["begins"], known.recorded_at.to_string(), "{name}: too many to count");
        let mut holds = known.clone();
        store.count_past(&programmes, (BRAND, &known)).await.unwrap().unwrap().take_over(&programmes, &mut holds);
        assert_eq!(of(holds).await, None, "{name}: it is there");
        let before = store.count_past(&house.books.programmes, (BRAND, &known)).await.unwrap();
        assert_eq!(before, None, "{name}: nothing needs it");
        let elsewhere = store.count_past(&programmes, (OTHER, &known)).await.unwrap();
        assert_eq!(elsewhere, None, "{name}: another brand's member");
    }
}

#[tokio::test]
async fn the_past_is_counted_as_it_was_before_an_instant() {
    let mut house = House::new("the_past_is_counted_as_it_was_before_an_instant").await;
    for fact in [joined(), order("a", 1, 9_000), order("b", 1, 9_000)] {
        house.tell("1", fact).await;
    }
    let then = house.books.of("1").0.clone();
    house.pass(60);
    let before = house.books.now.as_microsecond();
    house.tell("1", order("c", 1, 9_000)).await;
    house.tell("2", joined()).await;
    let programmes = published(&house);
    for (name, store, _) in &house.stores {
        let (mut member, mut new) = (then.clone(), Member::new("mem_9".to_owned(), house.books.now));
        store.complete_past(&programmes, (BRAND, before), vec![&mut member, &mut new]).await.unwrap();
        let measures = serde_json::to_value(&member.measures).unwrap();
        assert_eq!(measures["mem_1"]["orders|ever|past"]["numbers"]["ever"], 2, "{name}: {measures}");
        let nothing = serde_json::to_value(&new.measures).unwrap();
        assert_eq!(nothing["mem_9"]["orders|ever|past"]["whole"], true, "{name}: {nothing}");
        let mut many = Member { version: MOST_COUNTED_BACK + 1, ..then.clone() };
        store.complete_past(&programmes, (BRAND, before), vec![&mut many]).await.unwrap();
        assert!(serde_json::to_string(&many.measures).unwrap().contains("begins"), "{name}");
    }
}
