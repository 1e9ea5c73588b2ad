//! What real shops send of people: side facts, placeholders, dates, spellings; and who may be one person.

use loyalty_connector::{
    intake::{Incoming, Who},
    loyalty::{Fact, event::Joined},
    values::person::Person,
};
use serde_json::{Value, json};

use crate::support::{TestApp, app, purchase};

/// A purchase for 10.00 of a member, with other fields of the body on top.
#[expect(clippy::needless_pass_by_value, reason = "they are made where they are given")]
fn order(member: Value, more: Value) -> Value {
    let mut body = json!({
        "member": member, "status": "paid", "revision": 1, "placed_at": "2026-11-20T10:00:00Z", "currency": "EUR",
        "lines": [{ "id": "1", "quantity": 1, "unit_price": "10.00" }],
    });
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

async fn taken(app: &TestApp, id: &str, body: Value) -> Value {
    let (status, receipt) = app.put_order(id, body.clone()).await;
    assert_eq!(status, 200, "{body}: {receipt}");
    receipt
}

fn notes(receipt: &Value) -> Vec<&str> {
    receipt["notes"].as_array().map_or_else(Vec::new, |notes| notes.iter().filter_map(Value::as_str).collect())
}

#[tokio::test]
async fn a_purchase_is_never_refused_for_a_side_fact_and_what_is_left_out_is_named() {
    let app = app().await;
    let long = json!([{ "id": "1", "quantity": 1, "unit_price": "10.00", "name": "x".repeat(201) }]);
    let nothing = json!([{ "id": "1", "quantity": 0, "unit_price": "9.00" }, { "id": "2", "quantity": 1, "unit_price": "10.00" }]);
    let bare = json!([{ "id": 1, "quantity": "1", "unit_price": 10.00, "discount": "" }]);
    let who = |more: Value| {
        let mut member = json!({ "external_id": "n1" });
        member.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        member
    };
    let cases = [
        (who(json!({ "language": "de" })), json!({}), Some("/member/language")),
        (who(json!({ "language": "en-US" })), json!({}), None),
        (who(json!({ "email": "" })), json!({}), Some("/member/email")),
        (who(json!({ "phone": "n/a" })), json!({}), Some("/member/phone")),
        (who(json!({ "birthday": "" })), json!({}), Some("/member/birthday")),
        (who(json!({ "birthday": "1890-01-01" })), json!({}), Some("/member/birthday")),
        (who(json!({ "name": null, "email": null })), json!({}), None),
        (who(json!({})), json!({ "lines": long }), Some("/lines/0/name")),
        (who(json!({})), json!({ "codes": null, "shipping": null, "exchange": null }), None),
        (
            who(json!({})),
            json!({ "discount": "", "shipping_tax": null, "fees": null, "tips": "", "prices_include_tax": null }),
            None,
        ),
        (who(json!({})), json!({ "lines": nothing }), Some("/lines/0/quantity")),
        (json!({ "external_id": 1042 }), json!({ "lines": bare, "currency": "eur", "revision": "1" }), None),
        (who(json!({})), json!({ "revision": 1.0 }), None),
    ];
    for (number, (member, more, left_out)) in cases.into_iter().enumerate() {
        let receipt = taken(&app, &format!("o-{number}"), order(member, more.clone())).await;
        assert!(receipt["points"]["earned"].as_i64() >= Some(10), "{more}: {receipt}");
        assert_eq!(notes(&receipt).len(), usize::from(left_out.is_some()), "{more}: {receipt}");
        if let Some(field) = left_out {
            assert!(notes(&receipt)[0].starts_with(field) && notes(&receipt)[0].ends_with("left out"), "{receipt}");
        }
    }
    let again = taken(&app, "o-2", order(json!({ "external_id": "n1", "email": "" }), json!({}))).await;
    assert_eq!((&again["duplicate"], notes(&again).len()), (&json!(true), 1), "said again to whoever sends it again");
    let (_, metrics) = app.call("GET", "/metrics", None).await;
    let metrics = metrics.as_str().unwrap();
    assert!(metrics.contains("loyalty_fields_left_out_total{field=\"email\"} 2"), "{metrics}");
}

#[tokio::test]
async fn what_decides_the_points_stays_strict() {
    let app = app().await;
    let line = |more: Value| json!({ "lines": [more] });
    for (more, pointer) in [
        (line(json!({ "id": "1", "quantity": 1, "unit_price": "ten" })), "/lines/0/unit_price"),
        (line(json!({ "id": "1", "quantity": 1, "unit_price": "1,50" })), "/lines/0/unit_price"),
        (json!({ "currency": "euro" }), "/currency"),
        (json!({ "revision": "1.5" }), "/revision"),
        (json!({ "colour": "red" }), "/colour"),
    ] {
        let (status, problem) = app.put_order("1", order(json!({ "external_id": "n1" }), more.clone())).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!(pointer)), "{more}: {problem}");
    }
}

#[tokio::test]
async fn no_state_of_an_order_lies_ahead_or_before_it_was_placed() {
    let app = app().await;
    let now: jiff::Timestamp = crate::support::NOW.parse().unwrap();
    let hours = |hours: i64| (now + jiff::SignedDuration::from_hours(hours)).to_string();
    for (field, at) in [
        ("updated_at", hours(11)),
        ("updated_at", "9999-12-30T00:00:00Z".to_owned()),
        ("paid_at", hours(1)),
        ("placed_at", "1970-01-01T00:00:00Z".to_owned()),
        ("paid_at", "2026-11-19T09:59:00Z".to_owned()),
        ("fulfilled_at", "2026-11-18T10:00:00Z".to_owned()),
    ] {
        let mut body = order(json!({ "external_id": "mel" }), json!({ field: at.as_str() }));
        if field == "updated_at" {
            body.as_object_mut().unwrap().remove("revision");
        }
        let (status, problem) = app.put_order("1", body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!(format!("/{field}"))), "{at}: {problem}");
    }
    let event = json!({ "id": "e", "type": "review", "member": { "external_id": "mel" }, "occurred_at": hours(1) });
    let (status, problem) = app.call("POST", "/v1/events", Some(event)).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/occurred_at")));
}

#[tokio::test]
async fn an_id_that_stands_for_nobody_is_refused_by_its_field() {
    let app = app().await;
    for id in ["0", "null", "undefined", "[object Object]", "NaN", "{{ $json.id }}"] {
        let (status, problem) = app.put_order("1", order(json!({ "external_id": id }), json!({}))).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/member/external_id")), "{id}: {problem}");
    }
    for (path, pointer) in [("undefined", "/order_id"), ("null", "/order_id"), ("%20%20", "/order_id")] {
        let (status, problem) = app.put_order(path, order(json!({ "external_id": "c" }), json!({}))).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!(pointer)), "{path}: {problem}");
    }
    let first = taken(&app, "77", order(json!({ "external_id": "c-1 " }), json!({}))).await;
    let again = taken(&app, "%2077%20", order(json!({ "external_id": " c-1" }), json!({}))).await;
    assert_eq!(
        (&again["order_id"], &again["duplicate"]),
        (&first["order_id"], &json!(true)),
        "blanks around are no part"
    );
}

#[tokio::test]
async fn one_address_and_one_number_are_one_member_however_they_are_written() {
    let app = app().await;
    let first =
        taken(&app, "1", order(json!({ "phone": "00372 5123 4599", "email": "Õnne <ONNE@Example.com>" }), json!({})))
            .await;
    for (id, member) in [
        ("2", json!({ "phone": "+372 5123 4599" })),
        ("3", json!({ "phone": "5123 4599" })),
        ("4", json!({ "email": "mailto:onne@example.com" })),
        ("5", json!({ "email": " onne@EXAMPLE.com" })),
    ] {
        assert_eq!(taken(&app, id, order(member, json!({}))).await["member_id"], first["member_id"]);
    }
    let (status, found) = app.call("GET", "/v1/members/phone:5123%204599", None).await;
    assert_eq!((status, &found["id"]), (200, &first["member_id"]));
}

#[tokio::test]
async fn a_member_kept_under_an_older_form_of_a_number_is_found() {
    let app = app().await;
    let mut kept = Vec::new();
    for (number, digits) in ["0037251234599", "51234600"].into_iter().enumerate() {
        let who = Who {
            identities: vec![("phone", digits.to_owned())],
            facts: Person { phone: Some(digits.to_owned()), ..Person::default() },
            ..Who::default()
        };
        let fact = Fact::Joined(Joined::default());
        let (brand, source) = ("main".to_owned(), "before".to_owned());
        let incoming = Incoming { brand, source, id: number.to_string(), occurred_at: None, fact, who };
        kept.push(app.app.writer.accept(incoming).await.unwrap().receipt.member_id);
    }
    let (_, found) = app.call("GET", "/v1/members/phone:+37251234599", None).await;
    assert_eq!(found["id"], kept[0].as_str());
    for (id, phone, member) in [("1", "+372 5123 4599", 0), ("2", "5123 4599", 0), ("3", "+372 5123 4600", 1)] {
        let receipt = taken(&app, id, order(json!({ "phone": phone }), json!({}))).await;
        assert_eq!(receipt["member_id"], kept[member].as_str(), "{phone}");
        assert_eq!(notes(&receipt), [""; 0]);
    }
}

#[tokio::test]
async fn every_call_finds_the_same_member_for_the_same_body() {
    let app = app().await;
    taken(&app, "1", order(json!({ "external_id": "sm1", "email": "same@x.example" }), json!({}))).await;
    let second = json!({ "external_id": "sm2", "email": "same@x.example" });
    let cart =
        json!({ "member": second, "currency": "EUR", "lines": [{ "id": "1", "quantity": 1, "unit_price": "50.00" }] });
    let (status, quote) = app.call("POST", "/v1/quotes", Some(cart.clone())).await;
    assert_eq!((status, &quote["payable"]["points"]), (200, &json!(0)), "not the other one's points: {quote}");
    let receipt = taken(&app, "2", order(second, json!({}))).await;
    assert_eq!(receipt["points"]["earned"], 110, "a member of its own, with a first purchase of its own");
    let gift = json!({ "id": "a", "member": { "external_id": "sm3", "email": "same@x.example" }, "points": "100", "reason": "hello" });
    let (_, given) = app.call("POST", "/v1/adjustments", Some(gift)).await;
    assert_ne!(given["member_id"], receipt["member_id"]);
}

#[tokio::test]
async fn who_may_be_one_person_is_listed_until_somebody_says_what_they_are() {
    let app = app().await;
    let one = |id: &str| json!({ "external_id": id, "email": "same@x.example" });
    let first = taken(&app, "1", order(one("sm1"), json!({}))).await;
    assert_eq!(notes(&first), [""; 0]);
    for (id, number) in [("sm2", "2"), ("sm3", "3")] {
        let receipt = taken(&app, number, order(one(id), json!({}))).await;
        assert!(notes(&receipt)[0].contains("this email is another member's, too"), "{receipt}");
        let receipt = taken(&app, number, order(one(id), json!({}))).await;
        assert!(receipt["duplicate"] == true && notes(&receipt).len() == 1, "{receipt}");
    }
    let list = async || app.call("GET", "/v1/duplicates", None).await.1["items"].as_array().unwrap().clone();
    let pairs = list().await;
    assert_eq!(pairs.len(), 2, "once each: {pairs:?}");
    assert_eq!((&pairs[0]["kind"], &pairs[0]["members"][0]["external_id"]), (&json!("email"), &json!("sm1")));
    let (_, page) = app.call("GET", "/v1/duplicates?limit=1", None).await;
    let next = page["next"].as_str().unwrap();
    let (_, rest) = app.call("GET", &format!("/v1/duplicates?limit=1&cursor={next}"), None).await;
    assert_eq!(rest["items"][0], pairs[1]);

    let path = format!("/v1/duplicates/{}/apart", pairs[0]["id"].as_str().unwrap());
    let (status, _) = app.call("POST", &path, Some(json!({ "reason": " " }))).await;
    assert_eq!(status, 422, "somebody must say why");
    let (status, _) = app.call("POST", &path, Some(json!({ "reason": "mother and daughter" }))).await;
    assert_eq!(status, 204);
    assert_eq!(list().await, pairs[1..]);
    taken(&app, "4", order(one("sm2"), json!({}))).await;
    assert_eq!(list().await, pairs[1..], "nobody is asked again");

    let merge = json!({ "id": "m", "from": { "external_id": "sm3" }, "reason": "typed her number wrong" });
    let (status, _) = app.call("POST", "/v1/members/external:sm1/merge", Some(merge)).await;
    assert_eq!(status, 200);
    assert!(list().await.is_empty());
    let receipt = taken(&app, "5", order(one("sm3"), json!({}))).await;
    assert_eq!((&receipt["member_id"], notes(&receipt).len()), (&first["member_id"], 0), "they are one: {receipt}");
    let apart = json!({ "id": "u", "from": pairs[1]["members"][1]["id"], "reason": "they are two after all" });
    let (status, answer) = app.call("POST", "/v1/members/external:sm1/unmerge", Some(apart)).await;
    assert_eq!(status, 200, "{answer}");
    assert!(list().await.is_empty(), "who was told apart is not asked about again");
    let (status, _) = app.call("POST", "/v1/duplicates/mem_a:mem_b/apart", Some(json!({ "reason": "x" }))).await;
    assert_eq!(status, 404);
    let (status, _) = app.put_order("9", purchase("c-1", 1)).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn an_identity_is_released_or_goes_to_its_new_owner_with_a_reason() {
    let app = app().await;
    let old = taken(&app, "1", order(json!({ "external_id": "old", "phone": "+372 5123 4599" }), json!({}))).await;
    let new = taken(&app, "2", order(json!({ "external_id": "new" }), json!({}))).await;
    let path = "/v1/members/external:old/identities/release";
    let body = |id: &str, more: Value| {
        let mut body =
            json!({ "id": id, "kind": "phone", "value": "5123 4599", "reason": "the number has a new owner" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let by_phone = async |id: &str| {
        taken(&app, id, order(json!({ "phone": "00372 5123 4599" }), json!({}))).await["member_id"].clone()
    };
    assert_eq!(by_phone("3").await, old["member_id"]);
    for (wrong, status) in
        [(json!({ "reason": "" }), 422), (json!({ "kind": "hat" }), 422), (json!({ "value": "5123 4500" }), 404)]
    {
        assert_eq!(app.call("POST", path, Some(body("x", wrong.clone()))).await.0, status, "{wrong}");
    }
    let moved = body("r-1", json!({ "to": { "external_id": "new" } }));
    let (status, receipt) = app.call("POST", path, Some(moved.clone())).await;
    assert_eq!((status, &receipt["member_id"]), (200, &old["member_id"]), "{receipt}");
    let (status, again) = app.call("POST", path, Some(moved)).await;
    assert_eq!((status, &again["duplicate"]), (200, &json!(true)), "{again}");
    assert_eq!(by_phone("4").await, new["member_id"]);
    let (status, found) = app.call("GET", "/v1/members/phone:+37251234599", None).await;
    assert_eq!((status, &found["id"]), (200, &new["member_id"]));
    let (status, _) =
        app.call("POST", "/v1/members/external:new/identities/release", Some(body("r-2", json!({})))).await;
    assert_eq!(status, 200);
    let third = by_phone("5").await;
    assert!(third != new["member_id"] && third != old["member_id"], "nobody's, until somebody comes with it");
    assert!(app.call("GET", "/v1/duplicates", None).await.1["items"].as_array().unwrap().is_empty());
}
