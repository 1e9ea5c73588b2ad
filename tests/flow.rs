//! The main job over HTTP, in one process: a purchase becomes points, exactly once; returns, debts, statements, joins.

#[path = "flow/bounds.rs"]
mod bounds;
#[path = "flow/callers.rs"]
mod callers;
#[path = "flow/correcting.rs"]
mod correcting;
#[path = "flow/follow_ups.rs"]
mod follow_ups;
#[path = "flow/gifts.rs"]
mod gifts;
#[path = "flow/ids.rs"]
mod ids;
#[path = "flow/joining.rs"]
mod joining;
#[path = "flow/limits.rs"]
mod limits;
#[path = "flow/past.rs"]
mod past;
#[path = "flow/people.rs"]
mod people;
#[path = "flow/publishing.rs"]
mod publishing;
#[path = "flow/rolling_back.rs"]
mod rolling_back;
#[path = "flow/segments.rs"]
mod segments;
#[path = "flow/simulating.rs"]
mod simulating;
#[path = "flow/stores.rs"]
mod stores;
#[path = "flow/templates.rs"]
mod templates;
#[path = "flow/stopping.rs"]
mod stopping;
#[path = "flow/translations.rs"]
mod translations;
mod support;

use loyalty_connector::audit::anchor::Anchors;
use serde_json::{Value, json};
use support::{app, app_with, app_with_cells, purchase};

#[tokio::test]
async fn the_first_purchase_earns_278_and_sending_it_again_changes_nothing() {
    let app = app().await;
    let (status, first) = app.put_order("1001", purchase("c-1042", 3)).await;
    assert_eq!(status, 200, "{first}");
    assert_eq!(first["points"], json!({"earned": 278, "change": 278}));
    assert_eq!(first["balance"], json!({"available": 278, "pending": 0, "reserved": 0, "debt": 0}));
    assert_eq!(first["tier"], json!({"id": "bronze", "next": "silver", "missing": "222 points"}));
    assert_eq!(first["entries"][0]["expires_at"], "2027-11-30T22:00:00Z");
    for _ in 0..3 {
        let (status, again) = app.put_order("1001", purchase("c-1042", 3)).await;
        let mut expected = first.clone();
        expected["duplicate"] = json!(true);
        assert_eq!((status, again), (200, expected));
    }
    let (_, member) = app.call("GET", "/v1/members/external:c-1042", None).await;
    assert_eq!(member["balance"]["available"], 278);
    let (_, statement) = app.call("GET", "/v1/members/external:c-1042/statement", None).await;
    assert_eq!(statement["entries"].as_array().map(Vec::len), Some(3), "89 + 89 + 100, once: {statement}");
}

/// What is told of each order in the guide, in its order: the id, the points that it leaves, the body.
fn shop_examples() -> Vec<(String, i64, Value)> {
    let guide = include_str!("../docs/connect/shop.md");
    let examples = guide.split("`PUT /v1/orders/").skip(1).filter_map(|part| {
        let (id, rest) = part.split_once("` leaves ")?;
        let (points, rest) = rest.split_once(" points:\n```json\n")?;
        let (body, _) = rest.split_once("```")?;
        Some((id.to_owned(), points.parse().unwrap(), serde_json::from_str(body).unwrap()))
    });
    examples.collect()
}

#[tokio::test]
async fn each_worked_example_of_the_shops_guide_leaves_the_points_it_says() {
    let app = app().await;
    app.clock.set("2026-11-30T12:00:00Z".parse().unwrap());
    let examples = shop_examples();
    let shops: std::collections::BTreeSet<&String> = examples.iter().map(|(id, ..)| id).collect();
    assert_eq!((shops.len(), examples.len()), (5, 10), "five shops, a purchase and a return each");
    for (id, points, body) in &examples {
        let (status, receipt) = app.put_order(id, body.clone()).await;
        assert_eq!((status, &receipt["points"]["earned"]), (200, &json!(points)), "{id}: {receipt}");
    }
}

#[tokio::test]
async fn what_cannot_be_applied_waits_for_a_person_and_is_answered_with_202() {
    let app = app().await;
    let mut order = purchase("c-1", 1);
    app.put_order("1001", order.clone()).await;
    order["revision"] = json!(2);
    order["refunded"] = json!("150.00");
    let (status, receipt) = app.put_order("1001", order.clone()).await;
    assert_eq!((status, &receipt["points"]), (202, &json!({"earned": 278, "change": 0})), "{receipt}");
    assert!(receipt["parked"][0].as_str().unwrap().contains("more than the"), "{receipt}");
    let (status, again) = app.put_order("1001", order.clone()).await;
    assert_eq!((status, &again["duplicate"], &again["parked"]), (202, &json!(true), &receipt["parked"]));
    let (_, waiting) = app.call("GET", "/v1/parked", None).await;
    assert_eq!(waiting["parked"][0]["reason"], receipt["parked"][0], "{waiting}");
    order["revision"] = json!(3);
    order["refunded"] = json!("89.90");
    let (status, receipt) = app.put_order("1001", order).await;
    assert_eq!((status, &receipt["points"]), (200, &json!({"earned": 0, "change": -278})), "{receipt}");
}

#[tokio::test]
async fn an_order_keeps_and_shows_its_own_currency_and_rate() {
    let app = app().await;
    let mut order = purchase("c-1", 1);
    order["currency"] = json!("JPY");
    order["exchange"] = json!({"rate": "0.0061", "source": "ECB 2026-11-20"});
    order["shipping"] = json!("0");
    order["lines"] = json!([{"id": "1", "quantity": 1000, "unit_price": "1"}]);
    let (status, receipt) = app.put_order("1001", order).await;
    assert_eq!((status, &receipt["points"]["earned"]), (200, &json!(106)), "6.10, not 10.00: {receipt}");
    let (_, kept) = app.call("GET", "/v1/orders/1001", None).await;
    assert_eq!((&kept["currency"], &kept["total"]), (&json!("JPY"), &json!("1000")), "{kept}");
    assert_eq!(kept["exchange"], json!({"rate": "0.0061", "source": "ECB 2026-11-20"}));
}

#[tokio::test]
async fn five_at_once_are_one() {
    let app = app().await;
    let sends = (0..5).map(|_| app.put_order("1001", purchase("c-1", 1)));
    let answers = futures_util::future::join_all(sends).await;
    let fresh = answers.iter().filter(|(_, body)| body["duplicate"] == json!(false)).count();
    assert_eq!(fresh, 1, "{answers:?}");
    assert!(answers.iter().all(|(status, body)| *status == 200 && body["balance"]["available"] == 278));
}

#[tokio::test]
async fn the_same_revision_with_other_content_is_a_conflict() {
    let app = app().await;
    app.put_order("1001", purchase("c-1", 1)).await;
    let mut other = purchase("c-1", 1);
    other["lines"][0]["unit_price"] = json!("99.90");
    let (status, problem) = app.put_order("1001", other).await;
    assert_eq!((status, &problem["type"]), (409, &json!("/errors/known-with-other-content")));
    let (status, problem) = app.put_order("1001", purchase("c-2", 1)).await;
    assert_eq!((status, &problem["type"]), (409, &json!("/errors/known-with-other-content")), "another member's");
    let (status, _) = app.call("GET", "/v1/members/external:c-2", None).await;
    assert_eq!(status, 404, "a refused order makes no member");
}

#[tokio::test]
async fn an_order_that_changes_its_member_leaves_the_one_and_comes_to_the_other() {
    let app = app().await;
    app.put_order("1001", purchase("c-1", 1)).await;
    let mut mixed = purchase("c-2", 2);
    mixed.as_object_mut().unwrap().remove("revision");
    mixed["updated_at"] = json!("2026-11-20T12:00:00Z");
    assert_eq!(app.put_order("1001", mixed).await.0, 422);
    let (_, first) = app.call("GET", "/v1/members/external:c-1", None).await;
    assert_eq!(first["balance"]["available"], 278, "what is refused leaves nothing anywhere");
    let (status, receipt) = app.put_order("1001", purchase("c-2", 2)).await;
    assert_eq!((status, &receipt["points"]), (200, &json!({"earned": 278, "change": 278})), "{receipt}");
    let (_, again) = app.put_order("1001", purchase("c-2", 2)).await;
    assert_eq!(again["duplicate"], json!(true));
    let (_, first) = app.call("GET", "/v1/members/external:c-1", None).await;
    assert_eq!(first["balance"], json!({"available": 0, "pending": 0, "reserved": 0, "debt": 0}));
    let (_, statement) = app.call("GET", "/v1/members/external:c-1/statement", None).await;
    let entry = statement["entries"][0]["id"].as_str().unwrap();
    let (status, why) = app.call("GET", &format!("/v1/entries/{entry}/why"), None).await;
    assert_eq!(status, 200, "{why}");
    assert!(why.to_string().contains("1001"), "{why}");
    let next = json!({"id": "adj-1", "member": {"external_id": "c-2"}, "points": 5, "reason": "sorry"});
    let (_, given) = app.call("POST", "/v1/adjustments", Some(next)).await;
    let entry = given["entries"][0]["id"].as_str().unwrap();
    let (status, why) = app.call("GET", &format!("/v1/entries/{entry}/why"), None).await;
    assert_eq!(status, 200, "what comes after an order that was taken over is explained too: {why}");
    let (_, back) = app.put_order("1001", purchase("c-1", 3)).await;
    assert_eq!(back["balance"]["available"], 278, "and back again");
    for (brand, member) in app.app.store.streams().await.unwrap() {
        let stream = app.app.store.stream(&brand, &member).await.unwrap();
        let programmes = app.app.programmes.of(&brand).unwrap();
        assert_eq!(loyalty_connector::audit::verify::stream(&stream, &programmes), Vec::<String>::new(), "{member}");
    }
}

#[tokio::test]
async fn a_partial_return_and_a_cancellation_take_back_their_share() {
    let app = app().await;
    let mut order = purchase("c-1", 1);
    order["lines"][0]["quantity"] = json!(2);
    let (_, receipt) = app.put_order("1001", order.clone()).await;
    assert_eq!(receipt["points"]["earned"], 179 + 179 + 100);
    order["revision"] = json!(2);
    order["lines"][0]["returned"] = json!("1");
    let (_, receipt) = app.put_order("1001", order.clone()).await;
    assert_eq!(receipt["points"], json!({"earned": 278, "change": -180}));
    order["revision"] = json!(3);
    order["status"] = json!("cancelled");
    let (_, receipt) = app.put_order("1001", order.clone()).await;
    assert_eq!(receipt["points"], json!({"earned": 0, "change": -278}));
    order["revision"] = json!(2);
    order["status"] = json!("fulfilled");
    let (status, _) = app.put_order("1001", order.clone()).await;
    assert_eq!(status, 409, "revision 2 said something else");
    order["revision"] = json!(0);
    let (status, receipt) = app.put_order("1001", order).await;
    assert_eq!((status, &receipt["points"]["change"]), (200, &json!(0)), "an older state changes nothing: {receipt}");
    assert!(receipt["note"].as_str().unwrap().contains("older"));
}

#[tokio::test]
async fn spent_points_of_a_refunded_order_become_a_debt() {
    let app = app().await;
    app.put_order("1001", purchase("c-1", 1)).await;
    let spend = json!({"id": "adj-1", "member": {"external_id": "c-1"}, "points": -200, "reason": "spent at the till"});
    let (status, receipt) = app.call("POST", "/v1/adjustments", Some(spend.clone())).await;
    assert_eq!((status, &receipt["balance"]["available"]), (200, &json!(78)));
    let (_, again) = app.call("POST", "/v1/adjustments", Some(spend)).await;
    assert_eq!(again["duplicate"], json!(true));
    let mut cancelled = purchase("c-1", 2);
    cancelled["status"] = json!("cancelled");
    let (_, receipt) = app.put_order("1001", cancelled).await;
    assert_eq!(receipt["balance"], json!({"available": 0, "pending": 0, "reserved": 0, "debt": 200}));
    let (_, statement) = app.call("GET", "/v1/members/external:c-1/statement", None).await;
    let lines: Vec<(i64, &str, i64)> = statement["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            (line["points"].as_i64().unwrap(), line["account"].as_str().unwrap(), line["balance"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(lines.last(), Some(&(89, "available", 89)));
    assert_eq!(lines.iter().filter(|line| line.1 == "available").map(|line| line.0).sum::<i64>(), 0);
    assert_eq!(lines.iter().filter(|line| line.1 == "debt").map(|line| line.0).sum::<i64>(), -200);
    assert_eq!(lines[0].2, 0);
}

#[tokio::test]
async fn a_statement_is_paged_without_gaps() {
    let app = app().await;
    for number in 0..7 {
        let review = json!({"id": format!("r{number}"), "type": "review", "member": {"external_id": "c-1"}});
        let (status, _) = app.call("POST", "/v1/events", Some(review)).await;
        assert_eq!(status, 200);
    }
    let (mut path, mut balances) = ("/v1/members/external:c-1/statement?limit=3".to_owned(), Vec::new());
    loop {
        let (_, page) = app.call("GET", &path, None).await;
        balances.extend(page["entries"].as_array().unwrap().iter().map(|line| line["balance"].as_i64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/members/external:c-1/statement?limit=3&cursor={next}");
    }
    assert_eq!(balances, [140, 120, 100, 80, 60, 40, 20]);
}

#[tokio::test]
async fn one_bad_event_stops_no_other() {
    let app = app().await;
    let events = json!([
        {"id": "r1", "type": "review", "member": {"external_id": "c-1"}, "data": {"text": "lovely", "rating": 5}},
        {"id": "r2", "type": "order", "member": {"external_id": "c-1"}},
        {"id": "r3", "type": "review", "member": {}},
        {"id": "r1", "type": "review", "member": {"external_id": "c-1"}, "data": {"text": "lovely", "rating": 5}},
        {"id": "r4", "type": "newsletter", "member": {"external_id": "c-1"}}
    ]);
    let (status, body) = app.call("POST", "/v1/events", Some(events)).await;
    assert_eq!(status, 200);
    let receipts = body["receipts"].as_array().unwrap();
    assert_eq!(receipts[0]["points"]["change"], 20);
    assert_eq!(receipts[1]["problem"]["errors"][0]["pointer"], "/1/type");
    assert_eq!(receipts[2]["problem"]["errors"][0]["pointer"], "/2/member");
    assert_eq!(receipts[3]["duplicate"], true);
    assert_eq!(receipts[4]["points"]["change"], 0, "an event without a rule is kept and gives nothing");
    let (_, member) = app.call("GET", "/v1/members/external:c-1", None).await;
    assert_eq!(member["balance"]["available"], 20);
}

#[tokio::test]
async fn the_strongest_identity_wins_and_a_foreign_one_is_never_a_merge() {
    let app = app().await;
    let join = |body: Value| app.call("POST", "/v1/members", Some(body));
    let (_, anna) = join(json!({"external_id": "c-1", "email": "Anna@Example.com"})).await;
    let (_, again) = join(json!({"external_id": "c-1"})).await;
    assert_eq!(anna["member_id"], again["member_id"]);
    assert_eq!(again["duplicate"], true);
    let (_, boris) = join(json!({"external_id": "c-2", "email": "anna@example.com", "phone": "+372 5555 1234"})).await;
    assert_ne!(anna["member_id"], boris["member_id"]);
    let (_, by_email) = app.call("GET", "/v1/members/email:ANNA@example.com", None).await;
    assert_eq!(by_email["id"], anna["member_id"]);
    let (_, by_phone) = app.call("GET", "/v1/members/phone:37255551234", None).await;
    assert_eq!(by_phone["id"], boris["member_id"]);
    let (_, newsletter) = join(json!({"email": "olena@example.com"})).await;
    let (_, customer) = join(json!({"external_id": "c-3", "email": "olena@example.com"})).await;
    assert_eq!(newsletter["member_id"], customer["member_id"], "a first customer number joins who is known by e-mail");
    let change = json!({"language": "uk", "card": "777"});
    let (status, _) = app.call("PATCH", "/v1/members/card:777", Some(change.clone())).await;
    assert_eq!(status, 404);
    let (status, _) = app.call("PATCH", "/v1/members/external:c-2", Some(change)).await;
    assert_eq!(status, 200);
    let (_, by_card) = app.call("GET", "/v1/members/card:777", None).await;
    assert_eq!((&by_card["id"], &by_card["language"]), (&boris["member_id"], &json!("uk")));
}

/// Whatever a caller may say in words: no word of it stands in the file, except what the person row holds to find people by.
#[tokio::test]
async fn free_text_is_kept_encrypted() {
    let app = app_with(|settings| settings.store.url = None).await; // it looks into the file
    let member = json!({"external_id": "c-1"});
    let said = "zxqw by Anna";
    let mut order = purchase("c-1", 1);
    order["operator"] = json!(said);
    assert_eq!(app.put_order("1001", order).await.0, 200);
    let answers =
        json!({"text": said, "answers": [{"question": 3, "said": said}], "about": {"who": said}, "name": said});
    let review = json!({"id": "r1", "type": "survey", "member": member, "data": answers});
    assert_eq!(app.call("POST", "/v1/events", Some(review)).await.0, 200);
    let by_hand = [
        ("/v1/adjustments", json!({"id": "a1", "member": member, "points": 500, "reason": said})),
        ("/v1/members/external:c-1/restriction", json!({"id": "h1", "restricted": true, "reason": said})),
        ("/v1/members/external:c-1/restriction", json!({"id": "h2", "restricted": false, "reason": said})),
        (
            "/v1/members/external:c-1/tier",
            json!({"id": "t1", "tier": "gold", "until": "2027-12-31T22:00:00Z", "reason": said}),
        ),
        ("/v1/members/external:c-1/membership", json!({"id": "m1", "left": false, "reason": said})),
        (
            "/v1/texts",
            json!({"member": member, "text_id": "thank_you", "cause": "order:1001", "facts": {"shop": said}}),
        ),
    ];
    for (path, body) in by_hand {
        let (status, answer) = app.call("POST", path, Some(body)).await;
        assert!((200..300).contains(&status), "{path}: {answer}");
    }
    let mut bytes = std::fs::read(app.folder.0.join("loyalty.db")).unwrap();
    bytes.extend(std::fs::read(app.folder.0.join("loyalty.db-wal")).unwrap_or_default());
    assert!(bytes.windows(7).any(|part| part == b"sealed:"));
    assert!(!bytes.windows(4).any(|part| part == b"zxqw"));
    // What is for the caller comes back as it was said.
    let text = json!({"member": member, "text_id": "thank_you", "cause": "order:1001"});
    let (_, written) = app.call("POST", "/v1/texts", Some(text)).await;
    assert!(!written["text"].as_str().unwrap().contains("sealed:"), "{written}");
    let (_, statement) = app.call("GET", "/v1/members/external:c-1/statement", None).await;
    assert_eq!(statement["entries"][0]["reason"], said, "{statement}");
}

#[tokio::test]
async fn a_statement_says_why_points_were_given_by_hand() {
    let app = app().await;
    app.put_order("1001", purchase("c-1", 1)).await;
    let adjust = json!({"id": "a1", "member": {"external_id": "c-1"}, "points": 5, "reason": "a parcel came late"});
    app.call("POST", "/v1/adjustments", Some(adjust)).await;
    let (_, statement) = app.call("GET", "/v1/members/external:c-1/statement", None).await;
    assert_eq!(statement["entries"][0]["reason"], json!("a parcel came late"), "{statement}");
    assert_eq!(statement["entries"][1].get("reason"), None, "a purchase needs none");
}

#[tokio::test]
async fn an_expired_lot_is_not_shown_as_spendable() {
    let app = app().await;
    app.put_order("1001", purchase("c-1", 1)).await;
    app.clock.set("2027-11-30T22:00:00Z".parse().unwrap());
    let (_, member) = app.call("GET", "/v1/members/external:c-1", None).await;
    assert_eq!((&member["balance"]["available"], &member["lots"]), (&json!(0), &json!([])));
    let spend = json!({"id": "adj-1", "member": {"external_id": "c-1"}, "points": -1, "reason": "late"});
    let (status, problem) = app.call("POST", "/v1/adjustments", Some(spend)).await;
    assert_eq!((status, &problem["available"]), (409, &json!(0)));
}

#[tokio::test]
async fn many_that_spend_the_same_points_at_once_are_one() {
    let app = app().await;
    app.put_order("1001", purchase("c-1", 1)).await;
    let spend = |number| json!({"id": format!("adj-{number}"), "member": {"external_id": "c-1"}, "points": -200, "reason": "spent"});
    let sends = (0..8).map(|number| app.call("POST", "/v1/adjustments", Some(spend(number))));
    let answers = futures_util::future::join_all(sends).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1, "{answers:?}");
    let refused = answers.iter().filter(|(status, _)| *status != 200);
    assert!(refused.into_iter().all(|(status, problem)| *status == 409 && problem["available"] == 78), "{answers:?}");
    let (_, member) = app.call("GET", "/v1/members/external:c-1", None).await;
    assert_eq!(member["balance"]["available"], 78);
}

#[tokio::test]
async fn everything_accepted_is_proved_by_verify() {
    let app = app().await;
    for number in 0..40 {
        let member = format!("c-{}", number % 3);
        app.put_order(&format!("n-{number}"), purchase(&member, 1)).await;
        let mut cancelled = purchase(&member, 2);
        cancelled["status"] = json!("cancelled");
        if number % 4 == 0 {
            app.put_order(&format!("n-{number}"), cancelled).await;
        }
    }
    let programmes = app.app.programmes.of("main").unwrap();
    let streams = app.app.store.streams().await.unwrap();
    assert_eq!(streams.len(), 3);
    for (brand, member) in streams {
        let mut stream = app.app.store.stream(&brand, &member).await.unwrap();
        assert_eq!(loyalty_connector::audit::verify::stream(&stream, &programmes), Vec::<String>::new());
        let row = stream.rows.iter_mut().find(|row| row.entries.contains("89")).unwrap();
        row.entries = row.entries.replacen("89", "98", 1);
        let findings = loyalty_connector::audit::verify::stream(&stream, &programmes);
        assert!(findings[0].contains("chain is broken"), "a changed row is found: {findings:?}");
    }
}

#[tokio::test]
async fn an_anchor_tells_a_history_that_was_rewritten_whole() {
    let app = app_with(|settings| settings.store.url = None).await; // it looks into the file
    app.put_order("1001", purchase("c-1", 1)).await;
    let (store, anchors) = (&app.app.store, Anchors::of(&app.folder.0.join("elsewhere")));
    std::fs::create_dir_all(app.folder.0.join("elsewhere")).unwrap();
    let (brands, now) = (["main".to_owned()], "2026-11-20T12:00:00Z".parse().unwrap());
    assert_eq!(anchors.drop_today(store, &brands, now).await.unwrap(), 1);
    assert_eq!(anchors.drop_today(store, &brands, now).await.unwrap(), 0, "one line a day");
    app.put_order("1002", purchase("c-1", 1)).await;
    app.put_order("1003", purchase("c-2", 1)).await;
    assert_eq!(anchors.broken(store).await.unwrap(), Vec::<String>::new(), "what came later changes nothing");
    assert_eq!(anchors.drop_today(store, &brands, "2026-11-21T00:00:00Z".parse().unwrap()).await.unwrap(), 1);
    let path = app.folder.0.join("loyalty.db");
    let rewrite = rusqlite::Connection::open(path).unwrap();
    let whole = "UPDATE event SET chain = 'another' WHERE member = (SELECT member FROM event WHERE order_id = '1003')";
    rewrite.execute(whole, []).unwrap(); // a text may have been written to the member meanwhile
    let broken = anchors.broken(store).await.unwrap();
    assert!(broken.len() == 1 && broken[0].contains("2026-11-21"), "only the line after the change: {broken:?}");
}

#[tokio::test]
async fn the_contract_describes_every_call() {
    let app = app().await;
    let (status, api) = app.call("GET", "/openapi.json", None).await;
    assert_eq!(status, 200);
    let paths: Vec<&String> = api["paths"].as_object().unwrap().keys().collect();
    for path in
        ["/v1/orders/{order_id}", "/v1/events", "/v1/members/{ref}/statement", "/v1/adjustments", "/webhooks/standard"]
    {
        assert!(paths.iter().any(|known| *known == path), "{path} is missing");
    }
    assert_eq!(api["components"]["securitySchemes"]["key"]["scheme"], "bearer");
    let mut parts = 0;
    for (path, call) in api["paths"].as_object().unwrap() {
        let parameters = call.as_object().unwrap().values().filter_map(|call| call["parameters"].as_array()).flatten();
        for part in parameters.filter(|parameter| parameter["in"] == "path") {
            assert!(part["description"].is_string(), "{path} does not say what {} is", part["name"]);
            parts += 1;
        }
    }
    assert!(parts > 20, "{parts} parts of paths");
}

#[tokio::test]
async fn every_point_explains_itself_in_the_members_language() {
    let app = app().await;
    let (_, receipt) = app.put_order("1001", purchase("c-1", 1)).await;
    let ids: Vec<&str> =
        receipt["entries"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    let why = |id: &str, language: &str| {
        let path = format!("/v1/entries/{id}/why?language={language}");
        let app = &app;
        async move { app.call("GET", &path, None).await.1 }
    };
    let base = why(ids[0], "en").await;
    let because: Vec<&str> = base["because"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(
        because,
        [
            "Order 1001 (paid) of 2026-11-20 12:00: goods for 89.90 EUR after discounts and returns.",
            "Judged by programme v1, rule “1 point per full euro”.",
            "Trail runner: 89.90 EUR count.",
            "89.90 EUR hold 1.00 EUR 89 times; 89 × 1 = 89 points.",
            "1 point per full euro",
            "89 points, counted from 2026-11-20 12:00.",
            "These points end at 2027-12-01 00:00.",
        ]
    );
    let twice = why(ids[1], "ru").await.to_string();
    assert!(twice.contains("Основа 89 баллов × 2: ещё 89 баллов."), "{twice}");
    assert!(twice.contains("Основу даёт «1 point per full euro»: 89 баллов за 89.90 EUR"), "{twice}");
    assert!(twice.contains("(оплачен)"), "a status in the member's language: {twice}");
    let first = why(ids[2], "uk").await.to_string();
    assert!(first.contains("Фіксовано 100 балів."), "{first}");
    let own = app.call("GET", &format!("/v1/entries/{}/why", ids[2]), None).await.1;
    assert_eq!(own["language"], "et", "the member's own");
    let mut returned = purchase("c-1", 2);
    returned["lines"][0]["quantity"] = json!(2);
    returned["lines"][0]["returned"] = json!(2);
    let (_, receipt) = app.put_order("1001", returned).await;
    let id = receipt["entries"][0]["id"].as_str().unwrap();
    let back = why(id, "en").await.to_string();
    assert!(back.contains("Before this the rule stood at 89, now at 0."), "{back}");
    assert!(back.contains("The order was returned whole"), "{back}");
    assert_eq!(app.call("GET", "/v1/entries/ent_x_1_0/why", None).await.0, 404);
    assert_eq!(app.call("GET", &format!("/v1/entries/{id}/why?language=fi"), None).await.0, 422);
}

#[tokio::test]
async fn zero_is_explained_for_every_rule_and_line_of_an_order() {
    let app = app_with_cells(&[("Programme", "Cap per member", "100"), ("Programme", "Cap period", "month")]).await;
    let mut order = purchase("c-1", 1);
    order["status"] = "placed".into();
    let (_, receipt) = app.put_order("1001", order.clone()).await;
    assert_eq!(receipt["why"], json!([{"because": "not_paid_yet"}]));
    let line = |id: &str, category: &str, price: &str, returned: u32| json!({"id": id, "name": id, "category": category, "quantity": 1, "unit_price": price, "returned": returned});
    order["revision"] = 2.into();
    order["status"] = "paid".into();
    order["lines"] = json!([
        line("lamp", "home", "90.50", 0),
        line("card", "Gift-Cards", "30.00", 0),
        line("mug", "home", "5.00", 1),
    ]);
    let (_, receipt) = app.put_order("1001", order).await;
    assert_eq!(
        receipt["why"],
        json!([
            {"rule": "shoes", "because": "other_goods"}, {"rule": "first", "because": "cap"},
            {"line": "card", "because": "excluded"}, {"line": "mug", "because": "returned"},
        ])
    );
    let (status, why) = app.call("GET", "/v1/orders/1001/why?language=en", None).await;
    assert_eq!((status, &why["points"]), (200, &100.into()), "{why}");
    let lines: Vec<&str> = why["lines"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(lines, ["lamp: 90.50 EUR count.", "card: never earns points.", "mug: returned."]);
    let rules = why["rules"].as_array().unwrap();
    let rule = |id: &str| rules.iter().find(|rule| rule["rule"] == id).unwrap();
    assert_eq!((&rule("base")["points"], &rule("base")["because"]), (&90.into(), &Value::Null));
    assert!(rule("shoes")["text"].to_string().contains("the rule is for sport/shoes, and none of these goods is"));
    assert_eq!((&rule("first")["points"], &rule("first")["because"]), (&10.into(), &"cap".into()));
    let first = rule("first")["text"].to_string();
    assert!(first.contains("The cap of all rules together, 100 points a month, is full."), "{first}");
    assert!(first.contains("leaves 10 points of 100"), "{first}");
    assert_eq!(app.call("GET", "/v1/orders/none/why", None).await.0, 404);
    let (_, again) = app.put_order("1001", purchase("c-1", 1)).await;
    assert_eq!(again["type"], "/errors/known-with-other-content");
}

#[tokio::test]
async fn zero_is_explained_for_events() {
    let app = app().await;
    let event = |id: &str, kind: &str| json!({"id": id, "type": kind, "member": {"external_id": "c-1"}, "data": {}});
    let (_, known) = app.call("POST", "/v1/events", Some(event("e1", "Review"))).await;
    assert_eq!((&known["points"]["change"], &known["why"]), (&20.into(), &Value::Null), "{known}");
    let (_, unknown) = app.call("POST", "/v1/events", Some(event("e2", "reveiw"))).await;
    assert_eq!(unknown["why"], json!([{"because": "unknown_event"}]), "{unknown}");
    let (status, why) = app.call("GET", "/v1/events/shop:event/e2/why?language=en", None).await;
    assert_eq!(status, 200, "{why}");
    assert_eq!(why["because"], "unknown_event");
    assert!(why["notes"].to_string().contains("no rule gives points for the event reveiw"), "{why}");
    let (_, why) = app.call("GET", "/v1/events/shop:event/e1/why?language=en", None).await;
    assert_eq!(why["rules"][0]["text"], json!(["A fixed 20 points."]), "{why}");
}

#[tokio::test]
async fn a_cell_that_matches_nothing_ever_seen_is_said_in_its_row() {
    let app = app().await;
    let (_, live) = app.call("GET", "/v1/programme", None).await;
    let mut tables = live["tables"].clone();
    tables["Rules"][1]["Categories"] = "sport/shoe, SPORT / Shoes".into();
    tables["Rules"][3]["Event"] = "Reveiw".into();
    let check = || app.call("POST", "/v1/programme/check", Some(json!({"tables": tables})));
    let (status, nothing) = check().await;
    assert_eq!((status, &nothing["warnings"]), (200, &json!([])), "nothing came yet: {nothing}");
    let mut order = purchase("c-1", 1);
    order["lines"][0]["category"] = "Sport/Shoes/Running".into();
    app.put_order("1001", order).await;
    let event = json!({"id": "e1", "type": "review", "member": {"external_id": "c-1"}, "data": {}});
    app.call("POST", "/v1/events", Some(event)).await;
    let (_, sample) = app.call("POST", "/v1/programme/check", Some(json!({"tables": live["tables"]}))).await;
    assert_eq!(sample["warnings"], json!([]), "after one order nobody knows what never comes: {sample}");
    let (_, said) = check().await;
    assert_eq!(said["ready"], true, "warnings are no problems: {said}");
    assert_eq!(
        said["warnings"],
        json!([
            {"table": "Rules", "row": "4", "column": "Event",
             "detail": "no event of type `Reveiw` has ever come; is `review` meant?"},
            {"table": "Rules", "row": "2", "column": "Categories",
             "detail": "no category `sport/shoe` has ever come; is `Sport/Shoes` meant?"},
        ])
    );
    tables["Rules"] = json!([]);
    let (_, said) = app.call("POST", "/v1/programme/check", Some(json!({"tables": tables}))).await;
    assert_eq!((&said["ready"], &said["problems"][0]["table"]), (&false.into(), &"Rules".into()), "{said}");
}

#[test]
fn all_of_it_holds_on_postgresql_too() {
    support::postgres::proves_the_same();
}
