//! Bad input and bad callers: a clear problem with a pointer, nothing stored, nothing lost, no panic.

mod support;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use loyalty_connector::{
    access::keys,
    service::parked::WAITING_MAX,
    store::{
        Batch,
        parked::{ParkedPlace, ParkedRow},
    },
};
use serde_json::{Value, json};
use sha2::Sha256;
use support::{Folder, TestApp, app, app_with, purchase, raw};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn put_raw(app: &TestApp, body: impl Into<Vec<u8>>) -> (u16, Value) {
    raw(&app.url, Some(&app.key), "PUT", "/v1/orders/1001", body.into(), &[]).await
}

async fn nothing_is_stored(app: &TestApp) {
    assert!(app.app.store.streams().await.unwrap().is_empty(), "nothing may be stored");
    let (status, receipt) = app.put_order("1001", purchase("c-1", 1)).await;
    assert_eq!((status, &receipt["points"]["earned"]), (200, &json!(278)), "the next good one is served");
}

/// A body, the status, and the pointer of the problem.
fn wrong_bodies() -> Vec<(&'static str, Value, &'static str)> {
    let huge = json!({"id": "1", "quantity": 9_000_000, "unit_price": "10000000000.00"});
    let large = |id: &str| json!({"id": id, "quantity": 1, "unit_price": "5000000000.01"});
    let with = |pointer: &str, value: Value| {
        let mut body = purchase("c-1", 1);
        match pointer.rsplit_once('/') {
            Some((parent, key)) => {
                let parent = body.pointer_mut(parent).unwrap();
                match key.parse::<usize>() {
                    Ok(index) => parent[index] = value,
                    Err(_) => parent[key] = value,
                }
            }
            None => unreachable!(),
        }
        body
    };
    vec![
        ("an unknown field", with("/colour", json!("red")), "/colour"),
        ("an unknown field in a line", with("/lines/0/colour", json!("red")), "/lines/0/colour"),
        ("an unknown field in a member", with("/member/colour", json!("red")), "/member/colour"),
        ("too many digits", with("/lines/0/unit_price", json!("89.901")), "/lines/0/unit_price"),
        ("too many digits in a number", with("/lines/0/unit_price", json!(89.901)), "/lines/0/unit_price"),
        ("a negative price", with("/lines/0/unit_price", json!("-1")), "/lines/0/unit_price"),
        ("a huge price", with("/lines/0/unit_price", json!("1e30")), "/lines/0/unit_price"),
        ("a price that overflows", with("/lines/0/unit_price", json!("99999999999999999999")), "/lines/0/unit_price"),
        ("a line worth too much", with("/lines/0", huge), "/lines/0"),
        ("an order worth too much", with("/lines", json!([large("1"), large("2")])), "/lines"),
        ("too much shipping", with("/shipping", json!("10000000000.01")), "/shipping"),
        ("a rate of more than there is", with("/exchange", json!({"rate": 2e9, "source": "x"})), "/exchange/rate"),
        ("a price of another type", with("/lines/0/unit_price", json!([1])), "/lines/0/unit_price"),
        ("a discount above the price", with("/lines/0/discount", json!("90")), "/lines/0/discount"),
        ("four places of quantity", with("/lines/0/quantity", json!("1.0001")), "/lines/0/quantity"),
        ("more off by points than there is off", with("/lines/0/by_points", json!("1")), "/lines/0/by_points"),
        ("a discount above the order", with("/discount", json!("90")), "/discount"),
        ("the wrong currency", with("/currency", json!("USD")), "/currency"),
        ("no currency code", with("/currency", json!("euro")), "/currency"),
        ("an unknown status", with("/status", json!("lost")), "/status"),
        ("no instant", with("/placed_at", json!("yesterday")), "/placed_at"),
        ("an instant in the future", with("/placed_at", json!("2026-11-20T12:05:01Z")), "/placed_at"),
        ("both orderings", with("/updated_at", json!("2026-11-20T11:00:00Z")), "/revision"),
        ("a negative revision", with("/revision", json!(-1)), "/revision"),
        ("nobody", with("/member", json!({})), "/member"),
        ("lines that are no list", with("/lines", json!({})), "/lines"),
    ]
}

#[tokio::test]
async fn a_wrong_body_is_refused_at_its_place_and_leaves_no_trace() {
    let app = app().await;
    for (name, body, pointer) in wrong_bodies() {
        let (status, problem) = app.put_order("1001", body).await;
        assert_eq!(status, 422, "{name}: {problem}");
        let pointers: Vec<&Value> =
            problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
        assert!(pointers.contains(&&json!(pointer)), "{name}: {problem}");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().len() > 8, "{name} is explained: {problem}");
    }
    nothing_is_stored(&app).await;
}

#[tokio::test]
async fn points_beyond_their_bounds_are_refused_at_their_place() {
    let app = app().await;
    let member = json!({"external_id": "c-1"});
    let points = |points: i64| json!({"id": "x", "member": member, "points": points, "reason": "y"});
    let hold = |points: i64| json!({"id": "x", "member": member, "points": points});
    let cart = |points: i64| json!({"member": member, "currency": "EUR", "lines": [], "points": points});
    for edge in [i64::MIN, i64::MIN + 1, -1_000_000_000_001, 1_000_000_000_001, i64::MAX] {
        for (path, body) in [("adjustments", points(edge)), ("holds", hold(edge)), ("quotes", cart(edge))] {
            let (status, problem) = app.call("POST", &format!("/v1/{path}"), Some(body)).await;
            assert_eq!(
                (status, &problem["errors"][0]["pointer"]),
                (422, &json!("/points")),
                "{path} {edge}: {problem}"
            );
        }
    }
    for edge in [i64::MIN, -1, 0, 1_000_000_000_000_001, i64::MAX] {
        let lot = json!([{"external_id": "c-1", "points": edge.to_string()}]);
        let (_, answer) = app.call("POST", "/v1/imports/lots", Some(lot)).await;
        assert_eq!(answer["rows"][0]["problem"]["errors"][0]["pointer"], "/points", "{answer}");
    }
    nothing_is_stored(&app).await;
}

#[tokio::test]
async fn all_wrong_places_are_told_at_once() {
    let app = app().await;
    let mut body = purchase("c-1", 1);
    body["currency"] = json!("x");
    body["lines"][0]["unit_price"] = json!("-1");
    body["member"]["external_id"] = json!("undefined");
    let (_, problem) = app.put_order("1001", body).await;
    assert_eq!(problem["errors"].as_array().unwrap().len(), 3, "{problem}");
}

#[tokio::test]
async fn what_is_not_json_is_refused_and_nothing_panics() {
    let app = app().await;
    let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_data = format!(
        "{{\"id\":\"x\",\"type\":\"review\",\"member\":{{\"external_id\":\"c\"}},\"data\":{{\"a\":{nested}}}}}"
    );
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("half", b"{\"member\":".to_vec()),
        ("two values", format!("{} {{}}", purchase("c-1", 1)).into_bytes()),
        ("not UTF-8", vec![b'"', 0xff, 0xfe, b'"']),
        ("10 000 arrays", nested.into_bytes()),
        ("NaN", b"{\"revision\": NaN}".to_vec()),
        ("zero bytes", vec![0; 1000]),
    ];
    for (name, body) in cases {
        let (status, problem) = put_raw(&app, body).await;
        assert!(status == 400 || status == 422, "{name}: {status} {problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{name}: {problem}");
    }
    let (status, _) = raw(&app.url, Some(&app.key), "POST", "/v1/events", deep_data.into_bytes(), &[]).await;
    assert_eq!(status, 400);
    nothing_is_stored(&app).await;
}

#[tokio::test]
async fn a_body_of_two_megabytes_is_refused() {
    let app = app().await;
    let (status, problem) = put_raw(&app, vec![b' '; 2 * 1024 * 1024]).await;
    assert_eq!((status, &problem["type"]), (413, &json!("/errors/too-large")));
    nothing_is_stored(&app).await;
}

#[tokio::test]
async fn without_a_valid_key_nothing_is_done() {
    let app = app().await;
    let body = purchase("c-1", 1).to_string();
    let mut wrong_secret = app.key.clone();
    wrong_secret.pop();
    wrong_secret.push(if app.key.ends_with('0') { '1' } else { '0' });
    for key in [None, Some(""), Some("lk_"), Some("lk_x_y"), Some("admin"), Some(wrong_secret.as_str())] {
        let (status, problem) = raw(&app.url, key, "PUT", "/v1/orders/1001", body.clone().into_bytes(), &[]).await;
        assert_eq!((status, &problem["type"]), (401, &json!("/errors/unauthorized")), "{key:?}");
    }
    nothing_is_stored(&app).await;
}

#[tokio::test]
async fn a_key_does_only_what_its_scopes_say_and_a_revoked_one_nothing() {
    let app = app().await;
    let (id, token) = key(&app, "crm", &["events"]).await;
    let order = purchase("c-1", 1).to_string().into_bytes();
    let (status, problem) = raw(&app.url, Some(&token), "PUT", "/v1/orders/1001", order, &[]).await;
    assert_eq!(status, 403);
    assert!(problem["detail"].as_str().unwrap().contains("orders"));
    let event = || json!({"id": "1", "type": "visit", "member": {"external_id": "c-9"}}).to_string().into_bytes();
    let (status, _) = raw(&app.url, Some(&token), "POST", "/v1/events", event(), &[]).await;
    assert_eq!(status, 200);
    assert!(app.app.store.revoke_key(&id, support::NOW.parse().unwrap()).await.unwrap());
    let revoked = std::time::Instant::now(); // the clock of the service stands still: only the steady one goes on
    while raw(&app.url, Some(&token), "POST", "/v1/events", event(), &[]).await.0 != 401 {
        assert!(revoked.elapsed() < std::time::Duration::from_secs(5));
        tokio::task::yield_now().await;
    }
}

async fn key(app: &TestApp, name: &str, scopes: &[&str]) -> (String, String) {
    let scopes: Vec<String> = scopes.iter().copied().map(str::to_owned).collect();
    let now = support::NOW.parse().unwrap();
    let (key, token) = keys::create(&app.app.store, now, name, "main", &scopes).await.unwrap();
    (key.id, token)
}

#[tokio::test]
async fn the_scope_is_asked_for_before_anything_of_a_call_is_read() {
    let app = app().await;
    let (_, writer) = key(&app, "writer", &["texts"]).await;
    let (_, shop) = key(&app, "till", &["orders"]).await;
    let (_, description) = app.call("GET", "/openapi.json", None).await;
    let mut asked = 0;
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let security = operation["security"].as_array().unwrap_or_else(|| panic!("{method} {path} names no scope"));
            if security.iter().all(|one| one == &json!({})) {
                assert!(path.starts_with("/health") || path.starts_with("/webhooks"), "{method} {path} is open");
                continue;
            }
            let scopes: Vec<&str> = security
                .iter()
                .flat_map(|one| one["key"].as_array().unwrap())
                .map(|one| one.as_str().unwrap())
                .collect();
            assert!(
                !scopes.is_empty() && scopes.iter().all(|scope| *scope == "partner" || keys::is_scope(scope)),
                "{path}"
            );
            let other = if scopes.contains(&"texts") { &shop } else { &writer };
            let path = format!("{}?limit=x&colour=red", path.replace(['{', '}'], ""));
            let method = method.to_uppercase();
            for (key, expected) in [(Some(other.as_str()), 403), (None, 401)] {
                let garbage = b"{\"colour\": \x00".to_vec();
                let (status, problem) = raw(&app.url, key, &method, &path, garbage, &[]).await;
                assert_eq!((status, problem.get("errors")), (expected, None), "{method} {path}: {problem}");
            }
            asked += 1;
        }
    }
    assert!(asked >= 30, "{asked}");
}

#[tokio::test]
async fn nobody_on_the_way_keeps_an_answer_or_takes_it_for_something_else() {
    let app = app().await;
    for (path, status) in
        [("/v1/members/external:nobody", 404), ("/v1/programme", 200), ("/v1/nothing", 404), ("/v1/orders", 404)]
    {
        let request = support::client().get(format!("{}{path}", app.url)).bearer_auth(&app.key);
        let answer = loyalty_connector::systems::http::send(request).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
    }
}

/// Memory of a process in MB.
fn resident_mb(binary: &support::Binary) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", binary.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// Purchases one after the other, on connections of their own; returns the longest time in ms.
async fn purchases(url: &str, key: &str, numbers: std::ops::Range<u32>) -> u128 {
    let mut longest = 0;
    for number in numbers {
        let start = std::time::Instant::now();
        let body = purchase("c-1", 1).to_string().into_bytes();
        let headers = [("connection", "close")];
        let (status, receipt) = raw(url, Some(key), "PUT", &format!("/v1/orders/o-{number}"), body, &headers).await;
        assert_eq!(status, 200, "{receipt}");
        longest = longest.max(start.elapsed().as_millis());
    }
    longest
}

#[tokio::test]
async fn five_thousand_silent_connections_keep_no_caller_waiting() {
    let folder = Folder::new();
    let binary = support::Binary::start(&folder.0, &[]);
    let key = support::Binary::key(&folder.0);
    purchases(&binary.url, &key, 0..5).await;
    let before = resident_mb(&binary);
    let address = binary.url.trim_start_matches("http://").to_owned();
    let mut silent = Vec::new();
    for number in 0..5000 {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        if number % 2 == 0 {
            let _ = stream.write_all(b"PUT /v1/orders/1 HTTP/1.1\r\nHost: x\r\nAuthor").await; // half a request
        }
        silent.push(stream);
    }
    let longest_ms = purchases(&binary.url, &key, 5..55).await;
    let grown = resident_mb(&binary).saturating_sub(before);
    println!(
        "50 purchases beside 5 000 silent connections: the slowest took {longest_ms} ms; memory grew by {grown} MB"
    );
    assert!(longest_ms < 5_000 && grown < 100, "{longest_ms} ms, {grown} MB");
}

#[tokio::test]
async fn a_thousand_key_ids_of_380_kb_are_refused_unread_and_unkept() {
    let folder = Folder::new();
    let binary = support::Binary::start(&folder.0, &[]);
    let key = support::Binary::key(&folder.0);
    purchases(&binary.url, &key, 0..5).await;
    let (before, address) = (resident_mb(&binary), binary.url.trim_start_matches("http://").to_owned());
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    for number in 0..1000 {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        let id = "a".repeat(if number % 10 == 0 { 60_000 } else { 380_000 });
        let head = format!(
            "GET /v1/parked HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer lk_{id}{number}_x\r\n\r\n"
        );
        let _ = stream.write_all(head.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let line = String::from_utf8_lossy(&answer).lines().next().unwrap_or("closed").to_owned();
        *seen.entry(line).or_default() += 1;
    }
    let longest_ms = purchases(&binary.url, &key, 5..25).await;
    let grown = resident_mb(&binary).saturating_sub(before);
    println!(
        "1 000 key ids of up to 380 kB: {seen:?}; then the slowest purchase took {longest_ms} ms; memory grew by {grown} MB"
    );
    let refused = [
        "closed",
        "HTTP/1.1 401 Unauthorized",
        "HTTP/1.1 429 Too Many Requests",
        "HTTP/1.1 431 Request Header Fields Too Large",
    ];
    assert!(seen.keys().all(|line| refused.contains(&line.as_str())), "{seen:?}");
    assert!(grown < 50, "{grown} MB");
}

#[tokio::test]
async fn one_key_has_a_pace_and_is_told_when_to_go_on() {
    let app = app_with(|settings| settings.limits.key_calls = 5).await;
    let (_, other) = key(&app, "other", &["programme"]).await;
    let mut refused = None;
    for _ in 0..200 {
        let request = support::client().get(format!("{}/v1/programme", app.url)).bearer_auth(&app.key);
        let answer = loyalty_connector::systems::http::send(request).await.unwrap();
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("ten at once, then five in a second");
    assert_eq!(refused.wait_ms(), Some(1000));
    assert!(refused.excerpt().contains("/errors/too-often"), "{}", refused.excerpt());
    assert_eq!(support::call(&app.url, &other, "GET", "/v1/programme", None).await.0, 200);
}

#[tokio::test]
async fn a_secret_is_never_stored() {
    let app = app().await;
    app.put_order("1001", purchase("c-1", 1)).await;
    let secret = app.key.rsplit('_').next().unwrap().as_bytes();
    for entry in std::fs::read_dir(&app.folder.0).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(secret.len()).any(|part| part == secret));
    }
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn signed(id: &str, timestamp: i64, body: &str) -> String {
    let key = STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

async fn webhook(app: &TestApp, id: &str, timestamp: i64, signature: &str, body: &str) -> (u16, Value) {
    let timestamp = timestamp.to_string();
    let headers = [("webhook-id", id), ("webhook-timestamp", timestamp.as_str()), ("webhook-signature", signature)];
    raw(&app.url, None, "POST", "/webhooks/standard", body.as_bytes().to_vec(), &headers).await
}

#[tokio::test]
async fn a_signed_webhook_counts_once_and_a_forged_or_stale_one_never() {
    let app = app_with(|settings| settings.webhooks.standard_secrets = Some(SECRET.into())).await;
    let mut data = purchase("c-1", 1);
    data["order_id"] = json!("1001");
    let body = json!({"type": "order.paid", "timestamp": support::NOW, "data": data}).to_string();
    let now = support::NOW.parse::<jiff::Timestamp>().unwrap().as_second();
    let good = signed("msg_1", now, &body);
    let forged = signed("msg_2", now, &body);
    let refused = [
        (now, forged.clone(), body.clone()),
        (now, good.clone(), body.replace("89.90", "99.90")),
        (now + 1, good.clone(), body.clone()),
        (now - 301, signed("msg_1", now - 301, &body), body.clone()),
        (now + 301, signed("msg_1", now + 301, &body), body.clone()),
        (now, String::new(), body.clone()),
        (now, "v1,".to_owned(), body.clone()),
        (now, good.replace("v1,", "v2,"), body.clone()),
    ];
    for (timestamp, signature, body) in refused {
        let (status, _) = webhook(&app, "msg_1", timestamp, &signature, &body).await;
        assert_eq!(status, 401, "{timestamp} {signature}");
    }
    assert!(app.app.store.streams().await.unwrap().is_empty());
    let several = format!("v1,AAAA {good}");
    let (status, receipt) = webhook(&app, "msg_1", now, &several, &body).await;
    assert_eq!((status, &receipt["points"]["earned"]), (200, &json!(278)), "{receipt}");
    let (_, again) = webhook(&app, "msg_1", now, &good, &body).await;
    assert_eq!(again["duplicate"], true);
    let review =
        json!({"type": "review", "timestamp": support::NOW, "data": {"member": {"external_id": "c-1"}, "rating": 5}});
    let review = review.to_string();
    let (status, receipt) = webhook(&app, "msg_3", now, &signed("msg_3", now, &review), &review).await;
    assert_eq!((status, &receipt["points"]["change"]), (200, &json!(20)), "{receipt}");
}

#[tokio::test]
async fn a_signed_refund_is_never_lost() {
    let app = app_with(|settings| settings.webhooks.standard_secrets = Some(SECRET.into())).await;
    let now = support::NOW.parse::<jiff::Timestamp>().unwrap().as_second();
    let send = async |id: &str, order: Value, change: &[(&str, Value)]| {
        let mut data = purchase("c-1", 1);
        data["order_id"] = order;
        for (field, value) in change {
            data[*field] = value.clone();
        }
        let body = json!({"type": "order.refunded", "timestamp": support::NOW, "data": data}).to_string();
        webhook(&app, id, now, &signed(id, now, &body), &body).await
    };
    let (nobody, second) = (("member", Value::Null), ("revision", json!(2)));
    let (status, waits) = send("msg_1", json!("1001"), std::slice::from_ref(&nobody)).await;
    assert_eq!((status, &waits["waits"]), (202, &json!(true)), "nobody knows whose it is: {waits}");
    assert_eq!(send("msg_2", json!("1001"), &[]).await.0, 200);
    let refund = ("refunded", json!("89.90"));
    let (status, receipt) = send("msg_3", json!(1001), &[nobody, second, refund]).await;
    assert_eq!((status, &receipt["points"]["change"]), (200, &json!(-278)), "the order says whose it is: {receipt}");
    let (status, waits) = send("msg_4", json!(1002), &[("refunded", json!("a lot"))]).await;
    assert_eq!(status, 202, "{waits}");
    assert!(waits["parked"][0].as_str().unwrap().contains("/refunded"), "{waits}");
    let (_, parked) = app.call("GET", "/v1/parked", None).await;
    let all = parked["parked"].as_array().unwrap();
    assert_eq!(all.iter().map(|row| &row["id"]).collect::<Vec<_>>(), [&json!("msg_1"), &json!("msg_4")]);
    assert!(
        !parked.to_string().contains("@example.com"),
        "what is told of the member is not kept in the clear: {parked}"
    );
}

/// Fills what may wait of a source but for `free`, as its sender would have.
async fn fill_what_may_wait(app: &TestApp, source: &str, free: usize) {
    let there = app.app.store.parked("main", ParkedPlace::default(), usize::MAX).await.unwrap();
    let there = there.iter().filter(|row| row.source == source).count();
    let row = |number| ParkedRow {
        brand: "main".to_owned(),
        source: source.to_owned(),
        id: format!("old_{number}"),
        number: 0,
        member: None,
        reason: "nobody could apply it".to_owned(),
        content: json!({}),
        recorded_at: support::NOW.parse().unwrap(),
    };
    let parked = (0..WAITING_MAX - there - free).map(row).collect();
    app.app.store.commit(Batch { parked, ..Batch::default() }).await.unwrap();
}

#[tokio::test]
async fn what_one_sender_has_waiting_is_bounded_and_the_rest_stays_with_the_sender() {
    let app = app_with(|settings| {
        settings.webhooks.standard_secrets = Some(SECRET.into());
        support::write_sample(&settings.server.data.join("programme"), &[("Programme", "Second key above", "10")]);
    })
    .await;
    let now = support::NOW.parse::<jiff::Timestamp>().unwrap().as_second();
    let send = async |id: &str, order: &str, refunded: &str| {
        let mut data = purchase("c-1", 1);
        (data["order_id"], data["refunded"]) = (json!(order), json!(refunded));
        let body = json!({"type": "order.paid", "timestamp": support::NOW, "data": data}).to_string();
        webhook(&app, id, now, &signed(id, now, &body), &body).await
    };
    fill_what_may_wait(&app, "webhook:standard", 1).await;
    assert_eq!(send("msg_1", "1001", "a lot").await.0, 202, "the last place");
    let (status, problem) = send("msg_2", "1002", "a lot").await;
    assert_eq!((status, &problem["type"]), (503, &json!("/errors/too-much-waits")), "{problem}");
    let kept = async |id: &str| app.app.store.parked_fact("main", "webhook:standard", id).await.unwrap().is_some();
    assert_eq!([kept("msg_1").await, kept("msg_2").await], [true, false], "nothing of it is stored");
    assert_eq!(send("msg_1", "1001", "a lot").await.0, 202, "what waits is known as before");
    assert_eq!(send("msg_3", "1003", "0").await.0, 200, "what can be applied is applied");
    let adjust = |id: &str| json!({"id": id, "member": {"external_id": "c-1"}, "points": 50, "reason": "goodwill"});
    let adjusted = async |id: &str| app.call("POST", "/v1/adjustments", Some(adjust(id))).await;
    assert_eq!(adjusted("adj-1").await.0, 202, "each sender for itself");
    fill_what_may_wait(&app, "shop:adjustment", 0).await;
    let (status, problem) = adjusted("adj-2").await;
    assert_eq!((status, &problem["type"]), (503, &json!("/errors/too-much-waits")), "{problem}");
    let (status, _) = app.call("DELETE", "/v1/parked?source=webhook:standard&id=old_7", None).await;
    assert_eq!(status, 204);
    assert_eq!(send("msg_2", "1002", "a lot").await.0, 202, "a person made room, and the sender sent it again");
}

#[tokio::test]
async fn without_webhook_secrets_no_webhook_is_taken() {
    let app = app().await;
    let (status, _) = webhook(&app, "msg_1", 0, "v1,x", "{}").await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let app = app().await;
    let (status, problem) = app.call("GET", "/v1/nothing", None).await;
    assert_eq!((status, &problem["type"]), (404, &json!("/errors/not-found")));
    let (status, problem) = app.call("DELETE", "/v1/events", None).await;
    assert_eq!((status, &problem["type"]), (405, &json!("/errors/wrong-method")));
}

#[test]
fn all_of_it_holds_on_postgresql_too() {
    support::postgres::proves_the_same();
}
