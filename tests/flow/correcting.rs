//! Steps of a challenge by hand, and what follows from a goal, in the running service.

use std::time::Duration;

use jiff::ToSpan;
use loyalty_connector::{
    clock::Clock,
    loyalty::programme::check,
    programme::{csv, sample},
};
use serde_json::{Value, json};

use crate::support::{TestApp, app, purchase};

const ROWS: &str =
    "Challenge,Counts,Event,Goal,Badge,Tier,Multiplier\nthird,orders,,3,yes,,\nup,events,goal.done:third,1,,gold,2\n";
const RULES: &str = "Rule,Event,Points,Per amount\nbase,,1,1.00\nthanks,tier.changed:gold,40,\n";

async fn publish(app: &TestApp) {
    let mut tables = sample::tables();
    for (table, rows) in [("Challenges", ROWS), ("Rules", RULES)] {
        tables.0.insert(table.to_owned(), csv::read(table, rows).unwrap());
    }
    let programme = check(&tables).unwrap_or_else(|problems| panic!("{problems:?}"));
    app.clock.set(app.clock.now() + 1.hour());
    app.app.programmes.publish(&app.app.store, "main", &tables, programme, app.clock.now()).await.unwrap();
}

/// A purchase that was made after the rows were published.
fn later() -> Value {
    let mut order = purchase("c-1", 1);
    order["placed_at"] = json!("2026-11-20T13:00:00Z");
    if let Some(order) = order.as_object_mut() {
        order.remove("paid_at");
    }
    order
}

/// Looks again and again until the member wears the tier and has so many points.
async fn stands(app: &TestApp, tier: &str, available: i64) {
    let mut said = Value::Null;
    for _ in 0..400 {
        said = app.call("GET", "/v1/members/external:c-1", None).await.1;
        if said["tier"]["id"] == tier && said["balance"]["available"] == available {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await; // the pace of looking, not a wait for something
    }
    panic!("{said}");
}

#[tokio::test]
async fn a_step_by_hand_reaches_a_goal_and_what_follows_from_it_comes_by_itself() {
    let app = app().await;
    publish(&app).await;
    for order in ["1001", "1002"] {
        assert_eq!(app.put_order(order, later()).await.0, 200);
    }
    let (_, before) = app.call("GET", "/v1/members/external:c-1", None).await;
    let path = "/v1/members/external:c-1/challenges/third/correct";
    let body = json!({ "id": "fix-1", "steps": 1, "reason": "the till was down, zxqw" });
    let (status, said) = app.call("POST", path, Some(body.clone())).await;
    assert_eq!((status, &said["challenges"][0]["challenge"]), (200, &json!("third")), "{said}");
    assert_eq!(app.call("POST", path, Some(body)).await.1["duplicate"], true);
    // third -> goal.done:third -> up gives gold -> tier.changed:gold -> 40 points
    let available = before["balance"]["available"].as_i64().unwrap();
    stands(&app, "gold", available + 40).await;
    let (_, order) = app.put_order("1003", later()).await;
    let doubled = order["entries"].as_array().unwrap().iter().any(|entry| entry["rule"] == "challenge:up");
    assert!(doubled, "{order}");
    let (_, why) = app.call("GET", "/v1/orders/1003/why", None).await;
    assert!(why.to_string().contains("challenge:up"), "{why}");
    let (_, all) = app.call("GET", "/v1/members/external:c-1/challenges", None).await;
    assert_eq!(
        (&all["challenges"][1]["tier"], &all["challenges"][1]["multiplier"]),
        (&json!("gold"), &json!("2")),
        "{all}"
    );
    assert!(all["challenges"][1]["tier_until"].is_string() && all["challenges"][1]["multiplier_until"].is_string());
    let file = |name| std::fs::read(app.folder.0.join(name)).unwrap_or_default();
    let bytes = [file("loyalty.db"), file("loyalty.db-wal")].concat();
    assert!(!bytes.windows(4).any(|part| part == b"zxqw"), "the reason is sealed");
    let programmes = app.app.programmes.all().remove("main").unwrap();
    for (brand, member) in app.app.store.streams().await.unwrap() {
        let stream = app.app.store.stream(&brand, &member).await.unwrap();
        assert_eq!(loyalty_connector::audit::verify::stream(&stream, &programmes), Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_cannot_be_corrected_is_refused_at_its_place_and_names_of_the_ledgers_own_are_taken() {
    let app = app().await;
    publish(&app).await;
    app.put_order("1001", purchase("c-1", 1)).await;
    let correct = async |challenge: &str, body: Value| {
        let path = format!("/v1/members/external:c-1/challenges/{challenge}/correct");
        app.call("POST", &path, Some(body)).await
    };
    for (challenge, body, status) in [
        ("third", json!({ "id": "f1", "steps": 0, "reason": "x" }), 422),
        ("third", json!({ "id": "f2", "steps": 1001, "reason": "x" }), 422),
        ("third", json!({ "id": "f3", "steps": 1, "reason": "" }), 422),
        ("none", json!({ "id": "f4", "steps": 1, "reason": "x" }), 404),
    ] {
        let (is, said) = correct(challenge, body).await;
        assert_eq!(is, status, "{challenge}: {said}");
    }
    let event = json!({ "id": "e1", "type": "goal.done", "member": { "external_id": "c-1" } });
    let (status, said) = app.call("POST", "/v1/events", Some(event)).await;
    assert!(status == 422 && said.to_string().contains("give it another name"), "{said}");
}
