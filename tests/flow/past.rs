//! Challenges that count the past: what was bought before the row was published is a step, and gives with the next order.

use jiff::ToSpan;
use loyalty_connector::{
    clock::Clock,
    loyalty::programme::check,
    programme::{csv, sample},
};
use serde_json::{Value, json};

use crate::support::{TestApp, app, purchase};

const ROWS: &str =
    "Challenge,Counts,Goal,Within,Points,Counts from\nthird,orders,3,ever,50,start\nnew,orders,2,ever,7,\n";

async fn publish(app: &TestApp) {
    let mut tables = sample::tables();
    tables.0.insert("Challenges".to_owned(), csv::read("Challenges", ROWS).unwrap());
    let programme = check(&tables).unwrap_or_else(|problems| panic!("{problems:?}"));
    app.clock.set(app.clock.now() + 1.hour());
    let now = app.clock.now();
    app.app.programmes.publish(&app.app.store, "main", &tables, programme, now).await.unwrap();
}

async fn seen(app: &TestApp, member: &str) -> Vec<(String, String, Value)> {
    let (_, said) = app.call("GET", &format!("/v1/members/external:{member}/challenges"), None).await;
    let all = said["challenges"].as_array().unwrap_or_else(|| panic!("{said}"));
    let text = |one: &Value, field: &str| one[field].as_str().unwrap().to_owned();
    all.iter().map(|one| (text(one, "id"), text(one, "state"), one["value"].clone())).collect()
}

#[tokio::test]
async fn what_was_bought_before_a_goal_was_published_is_seen_at_once_and_gives_with_the_next_order() {
    let app = app().await;
    for order in ["1001", "1002"] {
        app.put_order(order, purchase("c-1", 1)).await;
    }
    publish(&app).await;
    let said = seen(&app, "c-1").await;
    assert_eq!(said[0], ("third".to_owned(), "joined".to_owned(), json!(2)));
    assert_eq!(said[1], ("new".to_owned(), "joined".to_owned(), json!(0)));
    let (_, third) = app.put_order("1003", purchase("c-1", 1)).await;
    assert_eq!(third["challenges"][0]["challenge"], "third", "{third}");
    assert_eq!(seen(&app, "c-1").await[0].1, "done");
    let (_, newcomer) = app.put_order("2001", purchase("c-2", 1)).await;
    assert_eq!(newcomer["challenges"], Value::Null, "{newcomer}");
    assert_eq!(seen(&app, "c-2").await[0].2, json!(1));
    let (_, events) = app.call("GET", "/v1/members/external:c-1/statement", None).await;
    assert!(!events.to_string().contains("past.counted"), "what moves no points is in no statement: {events}");
    app.verified().await;
}
