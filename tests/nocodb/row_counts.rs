//! Rows say how many members stand how with them.

use jiff::SignedDuration;
use loyalty_connector::{
    clock::Clock,
    loyalty::programme::check,
    programme::{csv, sample},
    workers::row_counts::RowCounting,
};
use serde_json::{Value, json};

use crate::{
    house::House,
    support::nocodb::{self, StandIn},
};

fn cells(stand_in: &StandIn, table: &str, columns: &[&str]) -> Vec<Value> {
    let row = stand_in.rows(table).remove(0);
    columns.iter().map(|column| row.get(*column).cloned().unwrap_or(Value::Null)).collect()
}

async fn count(house: &House) {
    let (store, clock, programmes) = (house.store.clone(), house.clock.clone(), house.live.clone());
    let counting = RowCounting { store, clock, programmes };
    while counting.look().await.unwrap() {}
}

#[tokio::test]
async fn rows_say_how_many_members_are_in_a_segment_and_how_far_they_are_in_a_challenge() {
    let (server, stand_in) = nocodb::start().await;
    let house = House::open(&server.uri(), "token", "Loyalty", 2_000).await;
    let mut tables = sample::tables();
    for (table, text) in [
        ("Segments", "Segment,Points at least\nrich,1\n"),
        ("Challenges", "Challenge,Counts,Event,Goal,Points\ntwo,events,review,2,5\n"),
    ] {
        tables.0.insert(table.to_owned(), csv::read(table, text).unwrap());
    }
    house.live.publish(&house.store, "main", &tables, check(&tables).unwrap(), house.clock.now()).await.unwrap();
    house.nocodb.load(&tables, |_, _| {}).await.unwrap();
    let mut drafts = house.drafts();
    drafts.look().await.unwrap();
    assert_eq!(cells(&stand_in, "Segments", &["Size"]), [Value::Null], "nothing was counted yet");

    for (id, who) in [("e-1", "c-1"), ("e-2", "c-1"), ("e-3", "c-2")] {
        house.happens(id, who, "review").await;
    }
    count(&house).await;
    house.clock.set(house.clock.now() + SignedDuration::from_secs(31));
    drafts.look().await.unwrap();
    let challenge = ["In progress", "Done", "Missed"];
    assert_eq!(cells(&stand_in, "Segments", &["Size", "Came", "Left"]), [json!(2), json!(2), json!(0)]);
    assert_eq!(cells(&stand_in, "Challenges", &challenge), [json!(1), json!(1), json!(0)]);

    house.happens("e-4", "c-2", "review").await;
    count(&house).await;
    house.clock.set(house.clock.now() + SignedDuration::from_mins(61));
    drafts.look().await.unwrap();
    assert_eq!(cells(&stand_in, "Challenges", &challenge), [json!(1), json!(1), json!(0)], "it rests an hour");
    count(&house).await;
    house.clock.set(house.clock.now() + SignedDuration::from_secs(31));
    drafts.look().await.unwrap();
    assert_eq!(cells(&stand_in, "Challenges", &challenge), [json!(0), json!(2), json!(0)]);
}

#[tokio::test]
async fn rows_say_who_came_and_left_within_a_week_whatever_happened_in_between() {
    let (server, stand_in) = nocodb::start().await;
    let house = House::open(&server.uri(), "token", "Loyalty", 2_000).await;
    let mut tables = sample::tables();
    let rows = "Segment,Points at least\nrich,25\n";
    tables.0.insert("Segments".to_owned(), csv::read("Segments", rows).unwrap());
    house.live.publish(&house.store, "main", &tables, check(&tables).unwrap(), house.clock.now()).await.unwrap();
    house.nocodb.load(&tables, |_, _| {}).await.unwrap();
    let mut drafts = house.drafts();
    for (id, who) in [("e-1", "c-1"), ("e-2", "c-1"), ("e-3", "c-2"), ("e-4", "c-3"), ("e-5", "c-3")] {
        house.happens(id, who, "review").await;
    }
    house.clock.set(house.clock.now() + SignedDuration::from_hours(8 * 24));
    house.adjusts("a-1", "c-1", -30).await;
    house.adjusts("a-2", "c-3", -30).await;
    house.adjusts("a-3", "c-3", 30).await;
    for (id, who) in [("e-6", "c-2"), ("e-7", "c-4"), ("e-8", "c-5"), ("e-9", "c-5")] {
        house.happens(id, who, "review").await;
    }
    count(&house).await;
    house.clock.set(house.clock.now() + SignedDuration::from_secs(31));
    drafts.look().await.unwrap();
    let all = ["Size", "Came", "Left"];
    let wanted = [json!(3), json!(2), json!(1)];
    assert_eq!(cells(&stand_in, "Segments", &all), wanted, "c-2, c-5 came, c-1 left, c-3 is in it as it was");
    house.clock.set(house.clock.now() + SignedDuration::from_hours(8 * 24));
    count(&house).await;
    house.clock.set(house.clock.now() + SignedDuration::from_secs(31));
    drafts.look().await.unwrap();
    assert_eq!(cells(&stand_in, "Segments", &all), [json!(3), json!(0), json!(0)], "a quiet week");
}
