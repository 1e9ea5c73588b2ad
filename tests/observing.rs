//! What operators see of a running connector: metrics for those who hold a key for it, and logs. Both name things by their
//! ids and by names out of the program, never by what a person is called, wrote, or can be reached at.

mod support;

use std::collections::BTreeSet;

use loyalty_connector::access::keys;
use serde_json::{Value, json};
use support::{Binary, Folder, NOW, TestApp, app, app_with, call, purchase, raw, unomi};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

async fn metrics(app: &TestApp) -> String {
    let (status, text) = app.call("GET", "/metrics", None).await;
    assert_eq!(status, 200, "{text}");
    text.as_str().expect("text").to_owned()
}

/// The number of a sample; `None` when it is not there.
fn sample(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn metrics_are_for_keys_of_that_scope_which_can_do_nothing_else() {
    let app = app().await;
    for (scope, expected) in [("orders", 403), ("metrics", 200)] {
        let scopes = [scope.to_owned()];
        let (_, key) = keys::create(&app.app.store, NOW.parse().unwrap(), scope, "main", &scopes).await.unwrap();
        assert_eq!(call(&app.url, &key, "GET", "/metrics", None).await.0, expected, "{scope}");
        if scope == "metrics" {
            assert_eq!(call(&app.url, &key, "GET", "/v1/deliveries", None).await.0, 403);
            assert_eq!(call(&app.url, &key, "PUT", "/v1/orders/1", Some(purchase("c-1", 1))).await.0, 403);
        }
    }
    assert_eq!(raw(&app.url, None, "GET", "/metrics", Vec::new(), &[]).await.0, 401);
}

#[tokio::test]
async fn metrics_count_what_was_accepted_refused_and_answered() {
    let app = app().await;
    app.put_order("1001", purchase("c-1", 1)).await;
    app.put_order("1001", purchase("c-1", 1)).await;
    let mut mixed = purchase("c-1", 2);
    mixed.as_object_mut().unwrap().remove("revision");
    mixed["updated_at"] = json!("2026-11-20T12:00:00Z");
    app.put_order("1001", mixed).await; // the shop counted before
    let adjustment = json!({"id": "a-1", "member": {"external_id": "c-1"}, "points": -1000, "reason": "too much"});
    app.call("POST", "/v1/adjustments", Some(adjustment)).await;
    app.call("GET", "/v1/members/external:c-1", None).await;
    app.call("GET", "/v1/nowhere/c-1", None).await;
    let text = metrics(&app).await;
    for (name, expected) in [
        ("loyalty_events_accepted_total{kind=\"order\"}", 2.0),
        ("loyalty_events_refused_total{kind=\"order\",problem=\"invalid-body\"}", 1.0),
        ("loyalty_events_refused_total{kind=\"adjustment\",problem=\"not-enough-points\"}", 1.0),
        ("loyalty_http_requests_total{method=\"PUT\",route=\"/v1/orders/{order_id}\",status=\"200\"}", 2.0),
        ("loyalty_http_requests_total{method=\"GET\",route=\"/v1/members/{ref}\",status=\"200\"}", 1.0),
        ("loyalty_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"}", 1.0),
        ("loyalty_http_request_seconds_count{route=\"/v1/orders/{order_id}\"}", 3.0),
        ("loyalty_members{brand=\"main\"}", 1.0),
        ("loyalty_programme_version{brand=\"main\"}", 1.0),
        ("loyalty_queue_events", 0.0),
        ("loyalty_destination_resting{destination=\"unomi\"}", 0.0),
    ] {
        assert_eq!(sample(&text, name), Some(expected), "{name} in\n{text}");
    }
    assert!(sample(&text, "loyalty_commit_seconds_count").unwrap() >= 1.0 && text.ends_with("# EOF\n"), "{text}");
}

/// Two shops in one house: neither sees what the other sells, lost, or has waiting, and neither sends it again.
#[tokio::test]
async fn one_brand_sees_and_sends_nothing_of_another() {
    let app = app_with(|settings| settings.brevo.api_key = None).await;
    let store = &app.app.store;
    let tables = loyalty_connector::programme::sample::tables();
    let programme = loyalty_connector::loyalty::programme::check(&tables).unwrap();
    app.app.programmes.publish(store, "second", &tables, programme, NOW.parse().unwrap()).await.unwrap();
    let (_, other) = keys::create(store, NOW.parse().unwrap(), "other", "second", &["admin".to_owned()]).await.unwrap();
    app.put_order("1001", purchase("c-1", 1)).await;
    let mut codes = purchase("c-1", 1);
    codes["codes"] = json!(["NOSUCH"]);
    app.put_order("1002", codes).await; // a code that nobody knows waits for a person
    let intents =
        store.lease_intents("signal", 10, NOW.parse().unwrap(), "2026-11-20T12:01:00Z".parse().unwrap()).await;
    assert!(intents.unwrap().is_empty(), "nobody listens there");
    store.feed_everybody("unomi", NOW.parse().unwrap()).await.unwrap();
    let now = "2026-11-20T12:00:01Z".parse().unwrap();
    let leased = store.lease_feeds("unomi", 10, now, "2026-11-20T12:01:00Z".parse().unwrap()).await.unwrap();
    let dead = || loyalty_connector::store::Settled::Dead { problem: "refused".to_owned() };
    store.settle_feeds("unomi", leased.iter().map(|item| (item, dead())).collect()).await.unwrap();
    let own = async |path: &str| app.call("GET", path, None).await.1;
    let foreign = async |path: &str| call(&app.url, &other, "GET", path, None).await.1;
    assert_eq!(own("/v1/deliveries").await["deliveries"].as_array().unwrap().len(), 1);
    assert_eq!(own("/v1/parked").await["parked"].as_array().unwrap().len(), 1);
    assert_eq!(foreign("/v1/deliveries").await, json!({"deliveries": []}));
    assert_eq!(foreign("/v1/parked").await, json!({"parked": [], "next": null}));
    let replay = call(&app.url, &other, "POST", "/v1/deliveries/replay", Some(json!({}))).await;
    assert_eq!(replay.1, json!({"replayed": 0}));
    let metrics = foreign("/metrics").await;
    let text = metrics.as_str().unwrap();
    assert_eq!(sample(text, "loyalty_members{brand=\"second\"}"), Some(0.0), "{text}");
    for told in ["events_accepted_total", "delivery_rows{", "brand=\"main\""] {
        assert!(!text.contains(told), "{told}: {text}");
    }
    assert!(own("/metrics").await.as_str().unwrap().contains("events_accepted_total"));
    for path in ["/v1/members/external:c-1", "/v1/orders/1001", "/v1/members/external:c-1/statement"] {
        assert_eq!(call(&app.url, &other, "GET", path, None).await.0, 404, "{path}");
    }
    assert_eq!(app.call("POST", "/v1/deliveries/replay", Some(json!({}))).await.1, json!({"replayed": 1}));
}

/// What waits for a person is told page by page, each once.
#[tokio::test]
async fn what_waits_for_a_person_is_listed_page_by_page() {
    let app = app().await;
    let mut order = purchase("c-1", 1);
    order["codes"] = json!((0..7).map(|number| format!("NOSUCH{number}")).collect::<Vec<_>>());
    app.put_order("1001", order).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let (status, page) = app.call("GET", &format!("/v1/parked?limit=3{cursor}"), None).await;
        assert_eq!(status, 200, "{page}");
        seen.extend(page["parked"].as_array().unwrap().iter().map(|row| row["content"]["code"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, (0..7).map(|number| json!(format!("NOSUCH{number}"))).collect::<Vec<_>>());
    let (status, problem) = app.call("GET", "/v1/parked?cursor=x", None).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/cursor")));
}

/// Callers choose ids, paths and kinds of events; none of them may become a label, or memory and monitoring fill up.
#[tokio::test]
async fn a_caller_cannot_make_new_metrics_nor_read_names_in_them() {
    let app = app().await;
    let send = async |tag: &str| {
        app.put_order(&format!("order-{tag}"), purchase(&format!("c-{tag}"), 1)).await;
        let event = json!({"id": format!("e-{tag}"), "type": format!("kind-{tag}"), "member": {"external_id": "c-1"}});
        app.call("POST", "/v1/events", Some(event)).await;
        app.call("GET", &format!("/v1/members/email:{tag}@example.com"), None).await;
        app.call("GET", &format!("/{tag}"), None).await;
        raw(&app.url, Some(&app.key), tag, "/v1/orders/1", Vec::new(), &[]).await;
    };
    let names = |text: &str| -> BTreeSet<String> {
        // what callers cause themselves; the connector's own texts and deliveries follow in their own time
        let called = |line: &&str| line.starts_with("loyalty_http") || line.contains("kind=\"o");
        let samples = text.lines().filter(called);
        samples.map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect()
    };
    send("first").await;
    metrics(&app).await; // itself a route that is counted from now on
    let before = metrics(&app).await;
    for tag in ["anna", "berta", "carla"] {
        send(tag).await;
    }
    let after = metrics(&app).await;
    assert_eq!(names(&before), names(&after));
    assert!(!after.contains("anna") && !after.contains("first") && !after.contains("c-1"), "{after}");
}

#[tokio::test]
async fn metrics_tell_how_deliveries_end_and_how_long_they_wait() {
    let unomi = unomi::Fake::default();
    unomi.set(|conduct| conduct.status = Some(503));
    let url = unomi.serve().await;
    let app = app_with(|settings| {
        settings.unomi.url = Some(url);
        settings.unomi.peer_key = Some("key".into());
    })
    .await;
    app.put_order("1001", purchase("c-1", 1)).await;
    let resting = "loyalty_destination_resting{destination=\"unomi\"}";
    let mut text = metrics(&app).await;
    while sample(&text, resting) != Some(1.0) {
        tokio::task::yield_now().await;
        text = metrics(&app).await;
    }
    let ended = "loyalty_deliveries_total{destination=\"unomi\",outcome=\"down\"}";
    assert_eq!(sample(&text, ended), Some(1.0), "{text}");
    app.clock.set("2026-11-20T12:01:00Z".parse().unwrap());
    app.put_order("1002", purchase("c-2", 1)).await;
    let text = metrics(&app).await;
    assert!(sample(&text, "loyalty_delivery_lag_seconds{destination=\"unomi\"}").is_some(), "{text}");
    assert!(
        sample(&text, "loyalty_delivery_rows{destination=\"unomi\",state=\"due\"}").is_some_and(|rows| rows >= 1.0)
    );
}

/// A system that refuses everything and says what it was sent.
async fn parrot() -> MockServer {
    let server = MockServer::start().await;
    let repeat = |request: &Request| ResponseTemplate::new(400).set_body_bytes(request.body.clone());
    Mock::given(any()).respond_with(repeat).mount(&server).await;
    server
}

#[tokio::test]
async fn logs_carry_ids_of_event_member_and_delivery_and_nothing_personal() {
    let (folder, parrot) = (Folder::new(), parrot().await);
    let url = parrot.uri();
    let mut binary = Binary::start(
        &folder.0,
        &[
            ("LOYALTY__SERVER__LOG", "debug"),
            ("LOYALTY__SERVER__LOG_FORMAT", "json"),
            ("LOYALTY__BREVO__URL", &url),
            ("LOYALTY__BREVO__API_KEY", "xkeysib-very-secret"),
            ("LOYALTY__OPENAI__URL", &url),
            ("LOYALTY__OPENAI__API_KEY", "sk-very-secret"),
        ],
    );
    let key = Binary::key(&folder.0);
    let member = json!({"external_id": "c-1", "email": "anna.tamm@example.com", "phone": "+372 5555 1234",
        "card": "9988776655", "name": "Anna Tamm", "language": "et", "birthday": "1990-05-17"});
    let mut order = purchase("c-1", 1);
    order["member"] = member.clone();
    let (status, receipt) = call(&binary.url, &key, "PUT", "/v1/orders/1001", Some(order)).await;
    assert_eq!(status, 200, "{receipt}");
    let review = json!({"id": "rev-1", "type": "review", "member": member, "data": {"text": "my knee hurts"}});
    call(&binary.url, &key, "POST", "/v1/events", Some(review)).await;
    let spend = json!({"id": "adj-1", "member": {"external_id": "c-1"}, "points": -9999, "reason": "a divorce"});
    call(&binary.url, &key, "POST", "/v1/adjustments", Some(spend)).await;
    call(&binary.url, &key, "GET", "/v1/members/email:anna.tamm@example.com", None).await;
    call(&binary.url, "lk_0000_stolen-very-secret", "GET", "/v1/deliveries", None).await;
    let dead = loop {
        let (_, answer) = call(&binary.url, &key, "GET", "/v1/deliveries?state=dead", None).await;
        if let Some(item) = answer["deliveries"].as_array().and_then(|items| items.first()) {
            break item.clone();
        }
        tokio::task::yield_now().await;
    };
    let mut log = binary.log_until(dead["id"].as_str().unwrap());
    if !log.contains("adj-1") {
        log += &binary.log_until("adj-1"); // the last event: deliveries do not wait for it
    }
    binary.kill();
    let secret = key.rsplit('_').next().unwrap();
    let personal =
        ["Anna", "Tamm", "example.com", "5555", "9988776655", "1990-05-17", "knee", "divorce", "very-secret"];
    for word in personal.into_iter().chain([secret]) {
        assert!(!log.contains(word), "the log tells `{word}`:\n{log}");
    }
    let has = |field: &str, value: &Value| {
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.into_iter().any(|line| line["fields"][field] == *value)
    };
    assert!(has("event.id", &json!("1001@1")) && has("event.id", &json!("rev-1")), "{log}");
    assert!(has("member.id", &receipt["member_id"]) && has("delivery.id", &dead["id"]), "{log}");
}
