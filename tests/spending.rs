//! Spending over HTTP: quotes, holds, rewards, codes; repeated, raced, and by hands that may not.

mod support;

use loyalty_connector::{access::keys, audit::verify};
use serde_json::{Value, json};
use support::{TestApp, app, app_with_cells, purchase};

async fn give(app: &TestApp, member: &str, points: i64) {
    join(app, member).await;
    let body = json!({"id": format!("give-{member}-{points}"), "member": {"external_id": member}, "points": points, "reason": "test"});
    assert_eq!(app.call("POST", "/v1/adjustments", Some(body)).await.0, 200);
}

async fn join(app: &TestApp, member: &str) {
    assert_eq!(app.call("POST", "/v1/members", Some(json!({"external_id": member}))).await.0, 200);
}

/// A key with these scopes.
async fn key(app: &TestApp, name: &str, scopes: &[&str]) -> String {
    let scopes: Vec<String> = scopes.iter().copied().map(str::to_owned).collect();
    keys::create(&app.app.store, support::NOW.parse().unwrap(), name, "main", &scopes).await.unwrap().1
}

async fn hold(app: &TestApp, id: &str, member: &str, points: i64) -> (u16, Value) {
    let body = json!({"id": id, "member": {"external_id": member}, "points": points, "order_id": "1001"});
    app.call("POST", "/v1/holds", Some(body)).await
}

async fn claim(app: &TestApp, id: &str, reward: &str, member: &str) -> (u16, Value) {
    let body = json!({"id": id, "member": {"external_id": member}});
    app.call("POST", &format!("/v1/rewards/{reward}/claims"), Some(body)).await
}

/// Everything that was recorded decides the same again.
async fn proved(app: &TestApp) {
    for (brand, member) in app.app.store.streams().await.unwrap() {
        let stream = app.app.store.stream(&brand, &member).await.unwrap();
        assert_eq!(verify::stream(&stream, &app.app.programmes.of(&brand).unwrap()), Vec::<String>::new());
    }
}

#[tokio::test]
async fn whoever_shows_prices_is_told_what_the_tier_takes_off() {
    let app = app_with_cells(&[("Tiers", "Discount", "7.50"), ("Tiers", "Free shipping", "yes")]).await;
    let (status, problem) = app.call("GET", "/v1/members/external:c-1/benefits", None).await;
    assert_eq!(status, 404, "{problem}");
    give(&app, "c-1", 1000).await;
    let (status, benefits) = app.call("GET", "/v1/members/external:c-1/benefits", None).await;
    let bronze = json!({"tier": "bronze", "tier_name": "Bronze", "discount_percent": "7.5",
        "free_shipping": true, "early_access": false});
    assert_eq!((status, &benefits), (200, &bronze));
    let (_, member) = app.call("GET", "/v1/members/external:c-1", None).await;
    assert_eq!(member["benefits"], bronze);
    let cart = json!({"member": {"external_id": "c-1"}, "currency": "EUR",
        "lines": [{"id": "1", "quantity": 1, "unit_price": "8.00"}]});
    let (_, quote) = app.call("POST", "/v1/quotes", Some(cart)).await;
    assert_eq!(
        (&quote["discount_percent"], &quote["free_shipping"]),
        (&json!("7.5"), &json!(true)),
        "the shop applies it: nothing of it is off the lines here: {quote}"
    );
}

#[tokio::test]
async fn a_cart_is_quoted_held_paid_and_returned() {
    let app = app().await;
    give(&app, "c-1", 1000).await;
    let cart = json!({
        "member": {"external_id": "c-1"}, "currency": "EUR",
        "lines": [
            {"id": "1", "category": "sport/shoes/running", "quantity": 1, "unit_price": "8.00"},
            {"id": "2", "category": "gift-cards", "quantity": 1, "unit_price": "4.00"}]
    });
    let (status, quote) = app.call("POST", "/v1/quotes", Some(cart)).await;
    assert_eq!(status, 200, "{quote}");
    assert_eq!(quote["payable"]["points"], 600, "half of the order: {quote}");
    assert_eq!(quote["payable"]["amount"], "6.00");
    assert_eq!(
        quote["payable"]["limits"],
        json!(["points pay at most 50 % of the order", "only part of the goods can be paid with points"])
    );
    assert_eq!((&quote["lines"][0]["discount"], &quote["lines"][1]["discount"]), (&json!("6.00"), &json!("0.00")));
    assert_eq!(quote["earns"], 2 + 2 + 100, "what points pay earns nothing");
    let (status, made) = hold(&app, "till-1", "c-1", 600).await;
    assert_eq!((status, &made["balance"]["reserved"]), (201, &json!(600)), "{made}");
    let (status, again) = hold(&app, "till-1", "c-1", 600).await;
    assert_eq!((status, &again["id"], &again["duplicate"]), (200, &made["id"], &json!(true)));
    let mut order = purchase("c-1", 1);
    order["points_hold"] = made["id"].clone();
    order["lines"][0]["unit_price"] = json!("8.00");
    order["lines"][0]["discount"] = json!("6.00");
    let (status, receipt) = app.put_order("1001", order.clone()).await;
    assert_eq!(
        (status, &receipt["balance"]["available"], &receipt["balance"]["reserved"]),
        (200, &json!(504), &json!(0))
    );
    (order["revision"], order["lines"][0]["returned"]) = (json!(2), json!(1));
    let (_, receipt) = app.put_order("1001", order).await;
    assert_eq!(receipt["balance"]["available"], 1000, "points and payment are as before: {receipt}");
    proved(&app).await;
}

#[tokio::test]
async fn a_step_of_a_hold_repeated_is_the_same_and_another_is_refused() {
    let app = app().await;
    give(&app, "c-1", 500).await;
    let id = hold(&app, "till-1", "c-1", 300).await.1["id"].as_str().unwrap().to_owned();
    let capture = |points: i64| {
        app.call("POST", Box::leak(format!("/v1/holds/{id}/capture").into_boxed_str()), Some(json!({"points": points})))
    };
    let (status, first) = capture(200).await;
    assert_eq!((status, &first["captured"], &first["released"]), (200, &json!(200), &json!(100)));
    let (status, again) = capture(200).await;
    assert_eq!((status, &again["duplicate"], &again["balance"]), (200, &json!(true), &first["balance"]));
    assert_eq!(capture(100).await.0, 409, "with other points");
    let (status, problem) = app.call("DELETE", &format!("/v1/holds/{id}"), None).await;
    assert_eq!((status, &problem["type"]), (409, &json!("/errors/over-already")), "{problem}");
    assert_eq!(app.call("DELETE", "/v1/holds/hold_unknown", None).await.0, 404);
    let (status, problem) = hold(&app, "till-2", "c-1", 400).await;
    assert_eq!((status, &problem["available"]), (409, &json!(300)), "{problem}");
    let (status, problem) = hold(&app, "till-3", "c-1", 50).await;
    assert_eq!(
        (status, &problem["type"]),
        (409, &json!("/errors/not-allowed")),
        "smaller than the smallest: {problem}"
    );
    proved(&app).await;
}

/// The alarm of a hold that was given back rings, and there is nothing to do.
#[tokio::test]
async fn an_alarm_with_nothing_due_records_nothing_and_rings_once() {
    let app = app().await;
    give(&app, "c-1", 500).await;
    let (_, held) = hold(&app, "till-1", "c-1", 300).await;
    let id = held["id"].as_str().unwrap();
    assert_eq!(app.call("DELETE", &format!("/v1/holds/{id}"), None).await.0, 200);
    let (_, before) = app.call("GET", "/v1/members/external:c-1", None).await;
    app.clock.set("2026-11-20T12:16:00Z".parse().unwrap());
    let look = app.app.due().look().await.unwrap();
    assert_eq!((look.rung, look.due, look.refused), (1, 0, 0));
    assert_eq!(app.app.due().look().await.unwrap().rung, 0, "it is set to what the document says");
    let (_, after) = app.call("GET", "/v1/members/external:c-1", None).await;
    assert_eq!(before["version"], after["version"], "nothing was recorded");
    proved(&app).await;
}

#[tokio::test]
async fn what_falls_due_happens_by_itself() {
    let app = app().await;
    give(&app, "c-1", 500).await;
    hold(&app, "till-1", "c-1", 300).await;
    assert_eq!(app.app.due().look().await.unwrap().due, 0, "nothing is due yet");
    app.clock.set("2026-11-20T12:16:00Z".parse().unwrap());
    assert_eq!(app.app.due().look().await.unwrap().due, 1);
    assert_eq!(app.app.due().look().await.unwrap().rung, 0, "once");
    let (_, statement) = app.call("GET", "/v1/members/external:c-1/statement", None).await;
    assert_eq!(statement["entries"][0]["text"], "Set aside, given back");
    proved(&app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_want_the_last_piece_one_gets_it() {
    let app = app_with_cells(&[("Programme", "Second key above", "")]).await;
    for member in 0..64 {
        give(&app, &format!("c-{member}"), 300).await;
    }
    for member in 0..36 {
        assert_eq!(claim(&app, &format!("early-{member}"), "socks", &format!("c-{member}")).await.0, 201);
    }
    // 100 pairs in all: the rest is taken by one member after another, but for the last.
    for extra in 0..63 {
        give(&app, &format!("d-{extra}"), 300).await;
        assert_eq!(claim(&app, &format!("more-{extra}"), "socks", &format!("d-{extra}")).await.0, 201);
    }
    let names: Vec<(String, String)> =
        (36..64).map(|member| (format!("late-{member}"), format!("c-{member}"))).collect();
    let all = names.iter().map(|(id, member)| claim(&app, id, "socks", member));
    let statuses: Vec<u16> = futures_util::future::join_all(all).await.into_iter().map(|(status, _)| status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409].contains(status)));
    let (_, catalogue) = app.call("GET", "/v1/rewards?member=external:c-63", None).await;
    let socks = catalogue["rewards"].as_array().unwrap().iter().find(|reward| reward["id"] == "socks").unwrap();
    assert_eq!(socks["left"], 0);
    proved(&app).await;
}

#[tokio::test]
async fn a_cancelled_claim_gives_back_points_piece_and_voids_the_code() {
    let app = app().await;
    give(&app, "c-1", 1000).await;
    let (status, made) = claim(&app, "site-1", "coupon5", "c-1").await;
    assert_eq!((status, &made["points"], &made["balance"]["available"]), (201, &json!(400), &json!(600)), "{made}");
    let (_, again) = claim(&app, "site-1", "coupon5", "c-1").await;
    assert_eq!((&again["code"], &again["duplicate"]), (&made["code"], &json!(true)), "the same code, not another");
    let code = made["code"].as_str().unwrap();
    let member = json!({"member": {"external_id": "c-1"}});
    let (status, worth) = app.call("POST", &format!("/v1/codes/{code}/check"), Some(member.clone())).await;
    assert_eq!((status, &worth["offer"]), (200, &json!("five")), "{worth}");
    let cancel = format!("/v1/claims/{}/cancel", made["id"].as_str().unwrap());
    let (status, cancelled) = app.call("POST", &cancel, Some(json!({"note": "changed her mind"}))).await;
    assert_eq!((status, &cancelled["balance"]["available"]), (200, &json!(1000)), "{cancelled}");
    assert_eq!(app.call("POST", &format!("/v1/codes/{code}/check"), Some(member)).await.0, 404, "void");
    proved(&app).await;
}

#[tokio::test]
async fn a_code_is_used_as_often_as_it_may_be_and_given_back_with_its_order() {
    let app = app().await;
    let mut order = purchase("c-1", 1);
    order["codes"] = json!(["welcome 10"]);
    assert_eq!(app.put_order("1001", order.clone()).await.0, 200);
    let check = json!({"member": {"external_id": "c-1"}});
    let (status, problem) = app.call("POST", "/v1/codes/WELCOME10/check", Some(check.clone())).await;
    assert_eq!(status, 409, "once for each member: {problem}");
    let mut second = purchase("c-1", 1);
    second["codes"] = json!(["WELCOME10"]);
    let (status, receipt) = app.put_order("1002", second).await;
    assert_eq!(
        (status, receipt["parked"].as_array().map(Vec::len)),
        (200, Some(1)),
        "accepted, and a person looks: {receipt}"
    );
    (order["revision"], order["status"]) = (json!(2), json!("cancelled"));
    app.put_order("1001", order).await;
    assert_eq!(app.call("POST", "/v1/codes/WELCOME10/check", Some(check)).await.0, 200, "free again");
    let (_, issued) = app.call("POST", "/v1/codes", Some(json!({"offer": "five", "count": 3}))).await;
    let code = issued["codes"][0].as_str().unwrap();
    let redeem = |id: &str| json!({"id": id, "member": {"external_id": "c-2", "email": "b@example.com"}});
    assert_eq!(app.call("POST", &format!("/v1/codes/{code}/redeem"), Some(redeem("t-1"))).await.0, 200);
    assert_eq!(app.call("POST", &format!("/v1/codes/{code}/redeem"), Some(redeem("t-1"))).await.1["duplicate"], true);
    assert_eq!(app.call("POST", &format!("/v1/codes/{code}/redeem"), Some(redeem("t-2"))).await.0, 409);
    assert_eq!(app.call("POST", &format!("/v1/codes/{code}/release"), Some(redeem("t-1"))).await.0, 200);
    assert_eq!(app.call("POST", &format!("/v1/codes/{code}/redeem"), Some(redeem("t-3"))).await.0, 200);
    proved(&app).await;
}

#[tokio::test]
async fn nobody_gives_to_their_own_account() {
    let app = app().await;
    give(&app, "c-1", 600).await;
    give(&app, "c-2", 600).await;
    join(&app, "c-3").await;
    join(&app, "c-4").await;
    let (_, taken) = claim(&app, "before", "socks", "c-1").await;
    let taken = taken["id"].as_str().unwrap();
    let clerk = key(&app, "clerk", &["admin", "staff:external:c-1"]).await;
    let about = |member: &str, more: Value| {
        let mut body = json!({"id": "x", "reason": "nice", "member": {"external_id": member}});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let by_path = |more: Value| {
        let mut body = json!({"id": "x", "reason": "nice"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let gifts = [
        ("POST", "/v1/adjustments".to_owned(), about("c-1", json!({"points": 10}))),
        (
            "POST",
            "/v1/events".to_owned(),
            json!({"id": "x", "type": "review", "member": {"external_id": "c-1"}, "data": {"rating": 5}}),
        ),
        ("POST", "/v1/members/external:c-1/merge".to_owned(), by_path(json!({"from": {"external_id": "c-3"}}))),
        ("POST", "/v1/members/external:c-3/merge".to_owned(), by_path(json!({"from": {"external_id": "c-1"}}))),
        ("POST", "/v1/members/external:c-1/unmerge".to_owned(), by_path(json!({"from": "mem_x"}))),
        (
            "POST",
            "/v1/members/external:c-3/identities/release".to_owned(),
            by_path(json!({"kind": "external_id", "value": "c-3", "to": {"external_id": "c-1"}})),
        ),
        ("POST", "/v1/rewards/socks/claims".to_owned(), json!({"id": "x", "member": {"external_id": "c-1"}})),
        ("POST", format!("/v1/claims/{taken}/fulfil"), json!({})),
        ("POST", format!("/v1/claims/{taken}/cancel"), json!({})),
        (
            "POST",
            "/v1/members/external:c-1/tier".to_owned(),
            by_path(json!({"tier": "gold", "until": "2027-01-01T00:00:00Z"})),
        ),
        (
            "POST",
            "/v1/members/external:c-1/reactivations".to_owned(),
            by_path(json!({"since": "2026-01-01T00:00:00Z", "expires": "3M"})),
        ),
        ("POST", "/v1/members/external:c-1/restriction".to_owned(), by_path(json!({"restricted": false}))),
        ("POST", "/v1/members/external:c-1/membership".to_owned(), by_path(json!({"left": false}))),
    ];
    for (method, path, body) in gifts {
        let (status, problem) = support::call(&app.url, &clerk, method, &path, Some(body)).await;
        assert_eq!((status, &problem["type"]), (403, &json!("/errors/own-account")), "{path}: {problem}");
    }
    let mixed = json!([{"id": "1", "type": "review", "member": {"external_id": "c-1"}, "data": {"rating": 5}},
                       {"id": "2", "type": "review", "member": {"external_id": "c-2"}, "data": {"rating": 5}}]);
    let (status, answers) = support::call(&app.url, &clerk, "POST", "/v1/events", Some(mixed)).await;
    assert_eq!((status, &answers["receipts"][0]["problem"]["type"]), (200, &json!("/errors/own-account")));
    assert_eq!(answers["receipts"][1]["points"]["change"], 20, "what is for others counts: {answers}");
    let given =
        support::call(&app.url, &clerk, "POST", "/v1/adjustments", Some(about("c-2", json!({"points": 10})))).await;
    assert_eq!(given.0, 200, "{}", given.1);
    let merged = by_path(json!({"from": {"external_id": "c-4"}}));
    assert_eq!(support::call(&app.url, &clerk, "POST", "/v1/members/external:c-3/merge", Some(merged)).await.0, 200);
    let (status, bought) = support::call(&app.url, &clerk, "PUT", "/v1/orders/1001", Some(purchase("c-1", 1))).await;
    assert_eq!(status, 200, "clerks may buy in their own shop: {bought}");
    proved(&app).await;
}

#[tokio::test]
async fn an_id_may_be_a_whole_number_wherever_one_comes_in() {
    let app = app().await;
    give(&app, "7", 950).await;
    join(&app, "8").await;
    let member = json!({"external_id": 7});
    let (_, issued) = app.call("POST", "/v1/codes", Some(json!({"offer": "five", "count": 1}))).await;
    let code = format!("/v1/codes/{}/redeem", issued["codes"][0].as_str().unwrap());
    let calls = [
        ("/v1/adjustments", json!({"id": 1, "member": member, "points": 5, "reason": "nice"})),
        ("/v1/holds", json!({"id": 2, "member": member, "points": 300, "order_id": 1001})),
        ("/v1/rewards/socks/claims", json!({"id": 3, "member": member})),
        (&code, json!({"id": 4, "member": member})),
        ("/v1/members/external:7/restriction", json!({"id": 5, "restricted": true, "reason": "looked at"})),
        (
            "/v1/members/external:7/identities/release",
            json!({"id": 6, "kind": "external_id", "value": "7", "reason": "mistyped", "to": {"external_id": 8}}),
        ),
    ];
    for (path, body) in calls {
        let (status, answer) = app.call("POST", path, Some(body.clone())).await;
        assert!(status < 300, "{path}: {status} {answer}");
        let text = json!({"id": 1.5, "member": member, "points": 5, "reason": "nice"});
        assert_eq!(app.call("POST", "/v1/adjustments", Some(text)).await.0, 422, "half an id is none");
    }
}

#[tokio::test]
async fn whoever_only_reports_events_or_redeems_codes_names_members_and_says_nothing_about_them() {
    let app = app_with_cells(&[("Codes", "Code", "SUMMER"), ("Codes", "Partner", "cafe")]).await;
    app.put_order("1001", purchase("c-1", 1)).await;
    let path = "/v1/members/external:c-1";
    let (_, before) = app.call("GET", path, None).await;
    let told = json!({"external_id": "c-1", "email": "thief@example.com", "name": "Somebody else", "language": "ru",
        "birthday": "1990-11-21", "phone": "+372 5555 9999", "card": "777", "visitor": "v-1"});
    let crm = key(&app, "crm", &["events"]).await;
    let review = json!({"id": "r-1", "type": "review", "member": told, "data": {"rating": 5}});
    let (status, receipt) = support::call(&app.url, &crm, "POST", "/v1/events", Some(review.clone())).await;
    assert_eq!((status, &receipt["points"]["change"]), (200, &json!(20)), "{receipt}");
    assert_eq!((receipt.get("balance"), receipt.get("tier")), (None, None), "it has no use for them: {receipt}");
    let mut many = review;
    many["id"] = json!("r-2");
    let (_, answers) = support::call(&app.url, &crm, "POST", "/v1/events", Some(json!([many]))).await;
    assert_eq!(answers["receipts"][0].get("balance"), None, "{answers}");
    let cafe = key(&app, "cafe", &["partner:cafe"]).await;
    let body = json!({"id": "till-1", "member": told});
    let (status, used) = support::call(&app.url, &cafe, "POST", "/v1/codes/SUMMER/redeem", Some(body)).await;
    assert_eq!((status, used.get("balance")), (200, None), "{used}");
    let person = app.app.store.member("main", before["id"].as_str().unwrap()).await.unwrap().unwrap().person;
    assert_eq!((person.name.as_deref(), person.email.as_deref()), (Some("Anna"), Some("c-1@example.com")));
    assert_eq!((person.birthday, person.phone, person.language.as_deref()), (None, None, Some("et")));
    for (reference, status) in [("email:thief@example.com", 404), ("card:777", 404), ("visitor:v-1", 200)] {
        assert_eq!(app.call("GET", &format!("/v1/members/{reference}"), None).await.0, status, "{reference}");
    }
    let newcomer = json!({"id": "r-3", "type": "review", "member": {"email": "new@example.com", "name": "New"}});
    assert_eq!(support::call(&app.url, &crm, "POST", "/v1/events", Some(newcomer)).await.0, 200);
    let (status, new) = app.call("GET", "/v1/members/email:new@example.com", None).await;
    assert_eq!((status, new.get("name")), (200, None), "found by what it was named by: {new}");
    let shop = key(&app, "shop-2", &["orders", "events"]).await;
    let review = json!({"id": "r-4", "type": "review", "member": {"external_id": "c-1", "name": "Anna Tamm"}});
    assert_eq!(support::call(&app.url, &shop, "POST", "/v1/events", Some(review)).await.0, 200);
    let (_, after) = app.call("GET", path, None).await;
    assert_eq!(after["name"], "Anna Tamm", "the shop's own key may say it");
    proved(&app).await;
}

#[tokio::test]
async fn only_the_partner_that_used_a_code_gives_it_back() {
    let app =
        app_with_cells(&[("Codes", "Code", "SUMMER"), ("Codes", "Partner", "cafe"), ("Codes", "Per member", "")]).await;
    join(&app, "c-1").await;
    let cafe = key(&app, "cafe", &["partner:cafe"]).await;
    let gym = key(&app, "gym", &["partner:gym"]).await;
    let till = key(&app, "till", &["redeem"]).await;
    let body = || Some(json!({"id": "till-1", "member": {"external_id": "c-1"}}));
    let call = async |key: &str, step: &str| {
        support::call(&app.url, key, "POST", &format!("/v1/codes/SUMMER/{step}"), body()).await
    };
    assert_eq!(call(&cafe, "redeem").await.0, 200);
    for other in [&gym, &till] {
        assert_eq!(call(other, "release").await.0, 404, "nobody else's use");
        assert_eq!(call(other, "redeem").await.0, 409, "nobody else's code");
    }
    assert_eq!(call(&cafe, "release").await.0, 200);
    proved(&app).await;
}

#[tokio::test]
async fn a_member_on_hold_earns_to_pending_and_spends_nothing() {
    let app = app().await;
    give(&app, "c-1", 500).await;
    let restrict = |id: &str, restricted: bool| json!({"id": id, "restricted": restricted, "reason": "many returns"});
    let path = "/v1/members/external:c-1/restriction";
    assert_eq!(app.call("POST", path, Some(restrict("r-1", true))).await.0, 200);
    let (_, receipt) = app.put_order("1001", purchase("c-1", 1)).await;
    assert_eq!((&receipt["balance"]["available"], &receipt["balance"]["pending"]), (&json!(500), &json!(278)));
    let (status, problem) = hold(&app, "till-1", "c-1", 100).await;
    assert_eq!((status, &problem["type"]), (409, &json!("/errors/not-allowed")));
    let (_, receipt) = app.call("POST", path, Some(restrict("r-2", false))).await;
    assert_eq!((&receipt["balance"]["available"], &receipt["balance"]["pending"]), (&json!(778), &json!(0)));
    proved(&app).await;
}

#[tokio::test]
async fn points_by_hand_above_what_one_key_may_move_on_a_day_wait_for_another_person() {
    let app = support::app_with_cells(&[("Programme", "Second key above", "1000")]).await;
    for member in ["c-1", "c-2", "c-9"] {
        join(&app, member).await;
    }
    let clerk = key(&app, "clerk", &["adjust", "staff:external:c-9"]).await;
    let ask = async |id: &str, member: &str, points: i64, reason: &str| {
        let body = json!({"id": id, "member": {"external_id": member}, "points": points, "reason": reason});
        support::call(&app.url, &clerk, "POST", "/v1/adjustments", Some(body)).await
    };
    assert_eq!(ask("small", "c-1", 900, "late parcel").await.0, 200);
    let (status, waits) = ask("more", "c-2", 101, "lottery").await;
    assert_eq!(status, 202, "small ones add up, whoever they are for: {waits}");
    assert_eq!(ask("still", "c-2", 100, "a scratch").await.0, 200, "as much as is left of the day");
    assert_eq!(ask("more", "c-2", 101, "lottery").await, (202, waits.clone()), "asked again it is the same");
    for (member, points, reason) in [("c-2", 102, "lottery"), ("c-1", 101, "lottery"), ("c-2", 101, "other words")] {
        let (status, problem) = ask("more", member, points, reason).await;
        assert_eq!((status, &problem["type"]), (409, &json!("/errors/known-with-other-content")), "{problem}");
    }
    let approve = waits["approve"].as_str().unwrap();
    let namesake = key(&app, "clerk", &["adjust"]).await;
    let own = key(&app, "another", &["adjust", "staff:external:c-9"]).await;
    for (key, whose) in [(&clerk, "its own"), (&namesake, "its namesake's"), (&own, "the same person's")] {
        let (status, problem) = support::call(&app.url, key, "POST", approve, None).await;
        assert_eq!((status, &problem["type"]), (403, &json!("/errors/second-key")), "{whose}");
    }
    let boss = key(&app, "boss", &["adjust"]).await;
    let (status, seen) = support::call(&app.url, &boss, "GET", approve.trim_end_matches("/approve"), None).await;
    assert_eq!((status, &seen["reason"], &seen["points"]), (200, &json!("lottery"), &json!(101)), "in words: {seen}");
    let parked = app.app.store.parked_fact("main", "clerk:adjustment", "more").await.unwrap().unwrap();
    assert!(!parked.content.to_string().contains("lottery"), "at rest it is sealed: {}", parked.content);
    let (_, listed) = app.call("GET", "/v1/parked", None).await;
    assert_eq!(listed["parked"][0]["content"]["reason"], "lottery", "{listed}");
    let (status, receipt) = support::call(&app.url, &boss, "POST", approve, None).await;
    assert_eq!((status, &receipt["balance"]["available"]), (200, &json!(201)), "{receipt}");
    let (status, mut again) = support::call(&app.url, &boss, "POST", approve, None).await;
    again["duplicate"] = json!(false);
    assert_eq!((status, again), (200, receipt), "agreeing twice is agreeing once");
    assert_eq!(ask("more", "c-2", 101, "lottery").await.0, 200, "the asker is told what became of it");
    let (_, statement) = app.call("GET", "/v1/members/external:c-2/statement", None).await;
    let line = &statement["entries"][0];
    let told = [&line["reason"], &line["given_by"], &line["agreed_by"]];
    assert_eq!(told, ["lottery", "clerk", "boss"].map(|text| json!(text)).each_ref(), "{statement}");
    let (_, why) = app.call("GET", &format!("/v1/entries/{}/why", line["id"].as_str().unwrap()), None).await;
    assert_eq!([&why["reason"], &why["given_by"], &why["agreed_by"]], told, "{why}");
    app.clock.set("2026-11-21T12:00:00Z".parse().unwrap());
    assert_eq!(ask("next", "c-1", 1000, "a new day").await.0, 200);
    proved(&app).await;
}

#[tokio::test]
async fn many_at_once_give_by_hand_no_more_than_one_key_may_on_a_day() {
    let app = support::app_with_cells(&[("Programme", "Second key above", "1000")]).await;
    for member in 0..8 {
        join(&app, &format!("c-{member}")).await;
    }
    let asks = (0..40).map(|number| {
        let body = json!({"id": format!("a-{number}"), "member": {"external_id": format!("c-{}", number % 8)}, "points": 99, "reason": "nice"});
        app.call("POST", "/v1/adjustments", Some(body))
    });
    let answers = futures_util::future::join_all(asks).await;
    let given = answers.iter().filter(|(status, _)| *status == 200).count();
    assert_eq!(given, 10, "{answers:?}");
    assert!(answers.iter().all(|(status, _)| [200, 202].contains(status)), "{answers:?}");
    proved(&app).await;
}

#[tokio::test]
async fn points_by_hand_need_a_scope_of_their_own_and_make_nobody_a_member() {
    let app = app().await;
    let till = key(&app, "till", &["redeem", "orders", "members"]).await;
    let body = json!({"id": "a-1", "member": {"external_id": "c-1O42"}, "points": 10, "reason": "nice"});
    assert_eq!(support::call(&app.url, &till, "POST", "/v1/adjustments", Some(body.clone())).await.0, 403);
    let (status, problem) = app.call("POST", "/v1/adjustments", Some(body)).await;
    assert_eq!((status, &problem["type"]), (422, &json!("/errors/unknown-member")), "{problem}");
    assert!(app.app.store.streams().await.unwrap().is_empty());
}

#[tokio::test]
async fn points_turn_into_coupons_for_who_chose_so() {
    let plain = app().await;
    give(&plain, "c-1", 10).await;
    let choice = |id: &str, choice: &str| json!({"id": id, "choice": choice});
    let path = "/v1/members/external:c-1/savings";
    let (status, problem) = plain.call("PUT", path, Some(choice("1", "convert"))).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/choice")), "{problem}");
    let app = app_with_cells(&[("Programme", "Converts to", "coupon5")]).await;
    give(&app, "c-1", 450).await;
    let (_, before) = app.call("GET", "/v1/members/external:c-1", None).await;
    assert_eq!((&before["savings"], &before["balance"]["available"]), (&json!("save"), &json!(450)));
    let (status, receipt) = app.call("PUT", path, Some(choice("1", "convert"))).await;
    assert_eq!((status, &receipt["subject"]), (200, &json!({"savings": "convert"})), "{receipt}");
    let member = until(&app, |member| member["balance"]["available"] == 50).await;
    assert_eq!(member["savings"], "convert");
    let (_, statement) = app.call("GET", "/v1/members/external:c-1/statement", None).await;
    assert_eq!(
        (&statement["entries"][0]["points"], &statement["entries"][0]["rule"]),
        (&json!(-400), &json!("coupon5"))
    );
    let document = app.app.store.member("main", member["id"].as_str().unwrap()).await.unwrap().unwrap().member;
    let code = document.claims.values().next().unwrap().code.clone().expect("a coupon has a code");
    let used = json!({"id": "till-1", "member": {"external_id": "c-1"}});
    let (status, redeemed) = app.call("POST", &format!("/v1/codes/{code}/redeem"), Some(used)).await;
    assert_eq!((status, &redeemed["subject"]["offer"]), (200, &json!("five")), "{redeemed}");
    proved(&app).await;
}

async fn until(app: &TestApp, fine: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..600 {
        let (_, member) = app.call("GET", "/v1/members/external:c-1", None).await;
        if fine(&member) {
            return member;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await; // the pace of looking
    }
    panic!("it did not come: {:?}", app.call("GET", "/v1/members/external:c-1", None).await);
}

#[tokio::test]
async fn birthdays_are_celebrated_in_the_morning_and_made_up_for() {
    let app = app_with_cells(&[("Tiers", "Birthday points", "50")]).await;
    for (member, birthday) in
        [("c-1", "1990-11-21"), ("c-2", "1988-11-19"), ("c-3", "2001-11-20"), ("c-4", "2000-02-29")]
    {
        let body = json!({"external_id": member, "birthday": birthday});
        assert!(app.call("POST", "/v1/members", Some(body)).await.0 < 300);
    }
    let mut birthdays = app.app.birthdays();
    let points = async |member: &str| {
        app.call("GET", &format!("/v1/members/external:{member}"), None).await.1["balance"]["available"].clone()
    };
    birthdays.look().await.unwrap();
    assert_eq!(points("c-2").await, 0, "joined after it");
    app.clock.set("2026-11-21T06:59:00Z".parse().unwrap()); // 8:59 in Tallinn
    assert_eq!(birthdays.look().await.unwrap(), 0, "nobody is woken");
    app.clock.set("2026-11-21T07:00:00Z".parse().unwrap());
    assert_eq!(birthdays.look().await.unwrap(), 1);
    assert_eq!(birthdays.look().await.unwrap(), 0, "once");
    assert_eq!(points("c-1").await, 50);
    assert!(app.app.birthdays().look().await.unwrap() > 0, "another one looks at the same days");
    assert_eq!(points("c-1").await, 50, "and gives nothing twice");
    app.clock.set("2027-02-28T07:00:00Z".parse().unwrap());
    birthdays.look().await.unwrap();
    assert_eq!(points("c-4").await, 50, "29 February is celebrated on the 28th");
    proved(&app).await;
}

#[tokio::test]
async fn who_leaves_has_no_points_and_earns_again_only_after_coming_back() {
    let app = app().await;
    give(&app, "c-1", 500).await;
    hold(&app, "till-1", "c-1", 300).await;
    let leave = |id: &str, left: bool| json!({"id": id, "left": left, "reason": "asked by mail"});
    let path = "/v1/members/external:c-1/membership";
    let (status, receipt) = app.call("POST", path, Some(leave("m-1", true))).await;
    assert_eq!((status, &receipt["balance"]), (200, &json!({"available": 0, "pending": 0, "reserved": 0, "debt": 0})));
    let (_, receipt) = app.put_order("1001", purchase("c-1", 1)).await;
    assert_eq!(receipt["points"]["earned"], 0, "{receipt}");
    let (status, problem) = hold(&app, "till-2", "c-1", 100).await;
    assert_eq!((status, &problem["type"]), (409, &json!("/errors/not-allowed")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("has left"), "{problem}");
    assert_eq!(app.call("POST", path, Some(leave("m-2", false))).await.0, 200);
    let (_, receipt) = app.put_order("1002", purchase("c-1", 1)).await;
    assert!(receipt["points"]["earned"].as_i64().unwrap() > 0, "{receipt}");
    proved(&app).await;
}

#[test]
fn all_of_it_holds_on_postgresql_too() {
    support::postgres::proves_the_same();
}
