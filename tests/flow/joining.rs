//! The setting `New members`: who buys becomes a member, a member whose points wait until they accept to be one, or nobody.

use jiff::ToSpan;
use loyalty_connector::clock::Clock;
use serde_json::{Value, json};

use crate::support::{TestApp, app_with_cells, purchase};

async fn where_new_members(are: &str) -> TestApp {
    app_with_cells(&[("Programme", "New members", are)]).await
}

async fn member(app: &TestApp, id: &str) -> Value {
    app.call("GET", &format!("/v1/members/external:{id}"), None).await.1
}

#[tokio::test]
async fn what_somebody_earns_who_was_not_asked_waits_until_they_accept() {
    let app = where_new_members("points wait until they accept").await;
    let (status, receipt) = app.put_order("1001", purchase("c-1", 1)).await;
    assert_eq!((status, &receipt["balance"]["pending"]), (200, &json!(278)), "{receipt}");
    let known = member(&app, "c-1").await;
    assert_eq!(known["waiting"], json!({"points": 278, "accept_by": "2027-02-18T22:00:00Z"}), "{known}");
    let hold = json!({"id": "h1", "member": {"external_id": "c-1"}, "points": 100});
    let (status, refused) = app.call("POST", "/v1/holds", Some(hold.clone())).await;
    assert_eq!(status, 409, "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("has not accepted yet"), "{refused}");

    let (status, accepted) = app.call("POST", "/v1/members/external:c-1/accept", None).await;
    assert_eq!((status, &accepted["balance"]["available"]), (200, &json!(278)), "{accepted}");
    let (_, again) = app.call("POST", "/v1/members/external:c-1/accept", None).await;
    assert_eq!((&again["duplicate"], &again["entries"]), (&json!(true), &accepted["entries"]));
    assert_eq!(member(&app, "c-1").await["waiting"], Value::Null);
    assert_eq!(app.call("POST", "/v1/holds", Some(hold)).await.0, 201);
    let (status, _) = app.call("POST", "/v1/members/external:nobody/accept", None).await;
    assert_eq!(status, 404);
    app.verified().await;
}

#[tokio::test]
async fn joining_by_themselves_is_accepting_and_imports_have_accepted() {
    let app = where_new_members("points wait until they accept").await;
    app.put_order("1001", purchase("c-1", 1)).await;
    let joins = json!({"external_id": "c-1", "language": "en"});
    let (status, joined) = app.call("POST", "/v1/members", Some(joins.clone())).await;
    assert_eq!((status, &joined["balance"]["available"]), (200, &json!(278)), "{joined}");
    let (_, again) = app.call("POST", "/v1/members", Some(joins)).await;
    assert_eq!(again["duplicate"], true, "{again}");

    app.call("POST", "/v1/members", Some(json!({"external_id": "c-2"}))).await;
    app.put_order("1002", purchase("c-2", 1)).await;
    let rows = json!([{"external_id": "c-3"}]);
    let (status, imported) = app.call("POST", "/v1/imports/members", Some(rows)).await;
    assert_eq!(status, 200, "{imported}");
    app.put_order("1003", purchase("c-3", 1)).await;
    for known in ["c-2", "c-3"] {
        let known = member(&app, known).await;
        assert_eq!((&known["balance"]["available"], &known["waiting"]), (&json!(278), &Value::Null), "{known}");
    }
    app.verified().await;
}

#[tokio::test]
async fn what_nobody_accepted_in_time_is_lost_and_the_statement_and_why_say_so() {
    let app = where_new_members("points wait until they accept").await;
    app.put_order("1001", purchase("c-1", 1)).await;
    app.clock.set(app.clock.now() + (24 * 100).hours());
    let known = member(&app, "c-1").await;
    assert_eq!((&known["balance"]["pending"], &known["waiting"]), (&json!(0), &json!({"points": 0})), "{known}");
    let (_, accepted) = app.call("POST", "/v1/members/external:c-1/accept", None).await;
    assert_eq!(accepted["balance"]["available"], 0, "{accepted}");
    let (_, statement) = app.call("GET", "/v1/members/external:c-1/statement", None).await;
    let line = &statement["entries"][0];
    assert_eq!(
        (&line["text"], &line["account"]),
        (&json!("Õigeaegselt vastu võtmata"), &json!("pending")),
        "{statement}"
    );
    assert_eq!(line["occurred_at"], "2027-02-18T22:00:00Z", "{line}");
    let id = line["id"].as_str().unwrap();
    let (_, why) = app.call("GET", &format!("/v1/entries/{id}/why?language=en"), None).await;
    assert!(why.to_string().contains("They waited for the member to accept"), "{why}");
    app.verified().await;
}

#[tokio::test]
async fn where_only_members_earn_a_strangers_purchase_is_taken_and_kept_by_nobody() {
    let app = where_new_members("only by joining").await;
    let (status, receipt) = app.put_order("1001", purchase("c-1", 1)).await;
    assert_eq!((status, &receipt["why"]), (200, &json!([{"because": "not_a_member"}])), "{receipt}");
    assert_eq!((&receipt["member_id"], &receipt["entries"]), (&Value::Null, &json!([])), "{receipt}");
    assert!(receipt["note"].as_str().unwrap().contains("only members earn"), "{receipt}");
    assert_eq!(app.call("GET", "/v1/orders/1001", None).await.0, 404);
    assert_eq!(app.call("GET", "/v1/members/external:c-1", None).await.0, 404);
    let review = json!({"id": "r-1", "type": "review", "member": {"external_id": "c-1"}});
    assert_eq!(app.call("POST", "/v1/events", Some(review.clone())).await.0, 422);

    let (status, joined) = app.call("POST", "/v1/members", Some(json!({"external_id": "c-1"}))).await;
    assert_eq!(status, 200, "{joined}");
    assert_eq!(app.call("POST", "/v1/events", Some(review)).await.0, 200);
    let mut before = purchase("c-1", 2);
    before["placed_at"] = json!("2026-11-18T10:00:00Z");
    before["paid_at"] = json!("2026-11-18T10:00:40Z");
    let (_, receipt) = app.put_order("1001", before).await;
    assert_eq!((&receipt["points"]["earned"], &receipt["why"]), (&json!(0), &json!([{"because": "not_a_member"}])));
    let (_, receipt) = app.put_order("1002", purchase("c-1", 1)).await;
    assert_eq!(receipt["points"]["earned"], 278, "the first purchase of a member: {receipt}");
    let (_, why) = app.call("GET", "/v1/orders/1001/why?language=en", None).await;
    assert_eq!(why["because"], "not_a_member", "{why}");
    app.verified().await;
}

#[tokio::test]
async fn where_strangers_are_refused_they_can_still_join() {
    let app = app_with_cells(&[("Programme", "Unknown members join", "no")]).await;
    let (status, refused) = app.put_order("1001", purchase("c-1", 1)).await;
    assert_eq!(status, 422, "{refused}");
    let (status, joined) = app.call("POST", "/v1/members", Some(json!({"external_id": "c-1"}))).await;
    assert_eq!(status, 200, "{joined}");
    assert_eq!(app.put_order("1001", purchase("c-1", 1)).await.0, 200);
}

#[tokio::test]
async fn whoever_is_a_member_already_does_not_join_a_second_time() {
    let app =
        app_with_cells(&[("Rules", "Event", "joined"), ("Rules", "Points", "50"), ("Rules", "Per amount", "")]).await;
    let (_, bought) = app.put_order("1001", purchase("c-1", 1)).await;
    let available = bought["balance"]["available"].as_i64().unwrap();
    for body in [json!({"external_id": "c-1"}), json!({"email": "c-1@example.com"})] {
        let (status, joined) = app.call("POST", "/v1/members", Some(body)).await;
        assert_eq!((status, joined["balance"]["available"].as_i64().unwrap()), (200, available), "{joined}");
    }
    app.verified().await;
}

#[tokio::test]
async fn where_points_wait_and_no_text_asks_to_accept_the_check_says_so() {
    let app = where_new_members("points wait until they accept").await;
    let mut tables = app.call("GET", "/v1/programme", None).await.1["tables"].clone();
    let warnings = async |tables: &Value| {
        let draft = json!({ "tables": tables });
        let (status, said) = app.call("POST", "/v1/programme/check", Some(draft)).await;
        assert_eq!((status, &said["ready"]), (200, &json!(true)), "{said}");
        said["warnings"].to_string()
    };
    assert!(!warnings(&tables).await.contains("claim_points"));
    tables["Texts"].as_array_mut().unwrap().retain(|row| row["Text"] != "claim_points");
    assert!(warnings(&tables).await.contains("no text `claim_points` asks members to accept"));
}
