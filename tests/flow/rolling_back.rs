//! Rolling back with mercy: an earlier version once more, who was given too much, and taking that back.

use loyalty_connector::{access::keys, service::mercy::TakingBack};
use serde_json::{Value, json};

use crate::support::{NOW, TestApp, app, app_with_cells, call, purchase};

/// Publishes another cell of the first rule (a point per euro).
async fn publish(app: &TestApp, column: &str, text: &str) {
    publish_with(app, |tables| tables["Rules"][0][column] = text.into()).await;
}

async fn publish_with(app: &TestApp, change: impl FnOnce(&mut Value)) {
    let mut tables = app.call("GET", "/v1/programme", None).await.1["tables"].clone();
    change(&mut tables);
    let (_, said) = app.call("POST", "/v1/programme/check", Some(json!({ "tables": tables }))).await;
    let body = json!({"tables": tables, "fingerprint": said["fingerprint"], "live": said["live"]});
    let (status, said) = app.call("POST", "/v1/programme/publish", Some(body)).await;
    assert_eq!(status, 200, "{said}");
}

/// Shoes for 89.90, bought at this minute after twelve.
async fn buys(app: &TestApp, (member, order): (&str, &str), minute: u32) {
    app.clock.set(format!("2026-11-20T12:{minute:02}:30Z").parse().unwrap());
    let mut bought = purchase(member, 1);
    for field in ["placed_at", "paid_at"] {
        bought[field] = format!("2026-11-20T12:{minute:02}:00Z").into();
    }
    assert_eq!(app.put_order(order, bought).await.0, 200);
}

/// v1 for one purchase; v2 gives ten points per euro by mistake, v3 five, each for a purchase of one who bought before and of one
/// who did not, who then spent most of it.
async fn mistaken(app: &TestApp) {
    buys(app, ("c-1", "1001"), 1).await;
    app.clock.set("2026-11-20T12:10:00Z".parse().unwrap());
    publish(app, "Points", "10").await;
    buys(app, ("c-1", "1002"), 11).await;
    app.clock.set("2026-11-20T12:20:00Z".parse().unwrap());
    publish(app, "Points", "5").await;
    buys(app, ("c-2", "1003"), 21).await;
    app.clock.set("2026-11-20T12:30:00Z".parse().unwrap());
    let hold = json!({"id": "till-1", "member": {"external_id": "c-2"}, "points": 800});
    assert_eq!(app.call("POST", "/v1/holds", Some(hold)).await.0, 201);
    app.clock.set("2026-11-20T12:40:00Z".parse().unwrap());
}

fn body(too_much: &str) -> Value {
    json!({"to": "v1", "live": "v3", "reason": "ten times the points by mistake", "too_much": too_much})
}

async fn available(app: &TestApp, member: &str) -> Value {
    app.call("GET", &format!("/v1/members/external:{member}"), None).await.1["balance"]["available"].clone()
}

/// Of c-1: 890 for the euros and 890 for shoes of v2 instead of 89 and 89. Of c-2: 445 and 445 instead of 89 and 89.
#[tokio::test]
async fn a_preview_says_who_was_given_too_much_version_by_version_and_changes_nothing() {
    let app = app().await;
    mistaken(&app).await;
    let (status, said) = app.call("POST", "/v1/programme/rollback/preview", Some(body("keep"))).await;
    assert_eq!(status, 200, "{said}");
    assert_eq!(said["changes"], json!(["Rules, base, Points: 5 is now 1"]));
    let too_much = &said["too_much"];
    assert_eq!((&too_much["members"], &too_much["points"]), (&json!(2), &json!(1602 + 712)), "{too_much}");
    let most: Vec<(&Value, &Value)> =
        too_much["most"].as_array().unwrap().iter().map(|one| (&one["points"], &one["there"])).collect();
    assert_eq!(most, [(&json!(1602), &json!(1602)), (&json!(712), &json!(190))], "what is set aside is not there");
    for language in ["en", "et", "ru", "uk"] {
        assert!(said["texts"][language]["body"].as_str().unwrap().contains("{{ points }}"), "{said}");
    }
    assert_eq!(app.call("GET", "/v1/programme", None).await.1["version"], "v3");
    assert_eq!(available(&app, "c-1").await, 278 + 1780);
}

#[tokio::test]
async fn rolling_back_makes_a_new_version_and_lets_members_keep_what_they_have() {
    let app = app().await;
    mistaken(&app).await;
    let (status, said) = app.call("POST", "/v1/programme/rollback", Some(body("keep"))).await;
    assert_eq!((status, &said["version"]), (200, &json!("v4")), "{said}");
    let (_, live) = app.call("GET", "/v1/programme", None).await;
    assert_eq!(live["tables"]["Rules"][0]["Points"], "1");
    let (_, versions) = app.call("GET", "/v1/programme/versions", None).await;
    let newest = &versions["versions"][0];
    assert_eq!(
        (&newest["rolled_back_to"], &newest["reason"]),
        (&json!("v1"), &json!("ten times the points by mistake"))
    );
    assert_eq!(versions["versions"].as_array().unwrap().len(), 4, "nothing is deleted");
    assert_eq!((available(&app, "c-1").await, available(&app, "c-2").await), (json!(2058), json!(190)));
    for (to, live, status, place) in [("v4", "v4", 422, "/to"), ("v9", "v4", 422, "/to"), ("v1", "four", 422, "/live")]
    {
        let wrong = json!({"to": to, "live": live, "reason": "again"});
        let (found, problem) = app.call("POST", "/v1/programme/rollback", Some(wrong)).await;
        assert_eq!((found, &problem["errors"][0]["pointer"]), (status, &json!(place)), "{problem}");
    }
    let (status, problem) = app.call("POST", "/v1/programme/rollback", Some(body("keep"))).await;
    assert_eq!((status, &problem["version"]), (200, &json!("v4")), "asked twice: {problem}");
    let moved = json!({"to": "v2", "live": "v3", "reason": "again"});
    let (status, problem) = app.call("POST", "/v1/programme/rollback", Some(moved)).await;
    assert_eq!((status, &problem["type"]), (409, &json!("/errors/programme-moved")), "{problem}");
}

/// Takes the job's steps until there is nothing to take.
async fn taken(app: &TestApp) {
    let state = &app.app;
    let (store, writer, programmes) = (state.store.clone(), state.writer.clone(), state.programmes.clone());
    let job = TakingBack { store, writer, programmes, latest: state.latest.clone(), brand: "main".to_owned() };
    while job.next().await.unwrap() {}
}

#[tokio::test]
async fn what_was_given_too_much_is_taken_back_as_far_as_it_is_there_and_once() {
    let app = app_with_cells(&[("Programme", "Second key above", "")]).await;
    mistaken(&app).await;
    assert_eq!(app.call("POST", "/v1/programme/rollback", Some(body("take back"))).await.0, 200);
    taken(&app).await;
    assert_eq!((available(&app, "c-1").await, available(&app, "c-2").await), (json!(278 + 178), json!(0)));
    let (_, statement) = app.call("GET", "/v1/members/external:c-1/statement", None).await;
    let entries = statement["entries"].as_array().unwrap().iter();
    let taken_back = entries.filter(|entry| entry["reason"] == "ten times the points by mistake");
    assert_eq!(taken_back.map(|entry| entry["points"].as_i64().unwrap()).sum::<i64>(), -1602, "{statement}");
    // Broken off and begun again, after the member has got more: nobody is taken from twice.
    let note = json!({"by": "shop", "rolled_back": {"to": 1, "reason": "again", "take_back": true}});
    let row = loyalty_connector::store::parked::ParkedRow {
        brand: "main".to_owned(),
        source: "programme".to_owned(),
        id: "take-back".to_owned(),
        number: 4,
        member: None,
        reason: String::new(),
        content: note,
        recorded_at: NOW.parse().unwrap(),
    };
    app.app.store.park(row, 9).await.unwrap();
    let give = json!({"id": "g", "member": {"external_id": "c-1"}, "points": 5000, "reason": "sorry"});
    assert_eq!(app.call("POST", "/v1/adjustments", Some(give)).await.0, 200);
    taken(&app).await;
    assert_eq!(available(&app, "c-1").await, 278 + 178 + 5000);
}

#[tokio::test]
async fn points_are_taken_back_by_two_where_the_hand_of_one_has_a_limit() {
    let app = app().await; // the sample's limit is 5000
    mistaken(&app).await;
    let (status, waits) = app.call("POST", "/v1/programme/rollback", Some(body("take back"))).await;
    assert_eq!((status, &waits["rolls_back_to"], &waits["takes_back"]), (202, &json!("v1"), &json!(true)), "{waits}");
    let scopes = ["programme".to_owned()];
    let (_, boss) = keys::create(&app.app.store, NOW.parse().unwrap(), "boss", "main", &scopes).await.unwrap();
    let (status, said) = call(&app.url, &boss, "POST", waits["agree"].as_str().unwrap(), None).await;
    assert_eq!((status, &said["version"]), (200, &json!("v4")), "{said}");
    taken(&app).await;
    assert_eq!(available(&app, "c-1").await, 278 + 178);
}

/// v2 gives the highest tier and a badge for an order by mistake, and v3 more points; c-1 has an order, c-2 has none in that time.
async fn gilded(app: &TestApp) {
    buys(app, ("c-2", "1001"), 1).await;
    app.clock.set("2026-11-20T12:10:00Z".parse().unwrap());
    publish_with(app, |tables| {
        let row = json!({"Challenge": "mistake", "Name": "One order", "Counts": "orders", "Goal": "1", "Tier": "gold",
            "Tier for": "6M", "Badge": "yes"});
        tables["Challenges"].as_array_mut().unwrap().push(row);
    })
    .await;
    buys(app, ("c-1", "1002"), 11).await;
    app.clock.set("2026-11-20T12:20:00Z".parse().unwrap());
    publish(app, "Points", "5").await;
    app.clock.set("2026-11-20T12:40:00Z".parse().unwrap());
}

async fn stands(app: &TestApp) -> (Value, usize) {
    let (_, member) = app.call("GET", "/v1/members/external:c-1", None).await;
    let (_, badges) = app.call("GET", "/v1/members/external:c-1/badges", None).await;
    let earned = badges["badges"].as_array().unwrap().iter().filter(|badge| badge["earned_at"].is_string()).count();
    (member["tier"]["id"].clone(), earned)
}

#[tokio::test]
async fn tiers_and_badges_of_challenges_that_the_earlier_version_does_not_have_are_listed_and_end_where_that_is_wanted()
{
    let app = app_with_cells(&[("Programme", "Second key above", "")]).await;
    gilded(&app).await;
    assert_eq!(stands(&app).await, (json!("gold"), 1));
    let (status, said) = app.call("POST", "/v1/programme/rollback/preview", Some(body("keep"))).await;
    assert_eq!(status, 200, "{said}");
    let member = app.call("GET", "/v1/members/external:c-1", None).await.1["id"].clone();
    let row = json!({"challenge": "mistake", "name": "One order", "members": 1, "tiers": 1, "badges": 1});
    let one = json!({"member_id": member, "challenge": "mistake", "tier": "gold", "badge": true});
    assert_eq!(said["effects"], json!({"members": 1, "rows": [row], "some": [one]}));
    let (_, beside) = app.call("POST", "/v1/programme/rollback/preview", Some(json!({"to": "v2", "live": "v3"}))).await;
    assert_eq!(beside["effects"]["members"], 0, "v2 has the challenge: {beside}");

    let mut wanted = body("keep");
    wanted["effects"] = "take back".into();
    assert_eq!(app.call("POST", "/v1/programme/rollback", Some(wanted)).await.0, 200);
    taken(&app).await;
    assert_eq!(stands(&app).await, (json!("bronze"), 0));
    taken(&app).await;
    app.verified().await;
}

#[tokio::test]
async fn tiers_and_badges_stay_where_nobody_wants_them_back() {
    let app = app().await;
    gilded(&app).await;
    assert_eq!(app.call("POST", "/v1/programme/rollback", Some(body("keep"))).await.0, 200);
    taken(&app).await;
    assert_eq!(stands(&app).await.0, json!("gold"));
    let (_, again) = app.call("POST", "/v1/programme/rollback/preview", Some(json!({"to": "v1", "live": "v4"}))).await;
    assert_eq!(again["effects"]["members"], 1, "they can still be ended later: {again}");
}
