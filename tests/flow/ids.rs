//! Ids, in every body that the contract describes and in every row of a file.

use serde_json::{Value, json};

use crate::support::app;

/// As little as a schema asks for, with everything that may hold an id; and where its ids stand.
fn sample(api: &Value, schema: &Value, at: &str, ids: &mut Vec<String>) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return sample(api, api.pointer(reference.trim_start_matches('#')).unwrap(), at, ids);
    }
    let variants = ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|word| schema[word].as_array()).flatten();
    if let Some(variant) = variants.into_iter().find(|variant| variant["type"] != "null") {
        return sample(api, variant, at, ids);
    }
    if let Some(properties) = schema["properties"].as_object() {
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut body = json!({});
        for (name, property) in properties {
            let at = format!("{at}/{name}");
            let value = sample(api, property, &at, ids);
            if name == "id" || name.ends_with("_id") {
                ids.push(at);
            }
            if required.contains(&json!(name)) || value.is_object() || value.is_array() {
                body[name] = value;
            }
        }
        return body;
    }
    let is =
        |kind: &str| schema["type"] == kind || schema["type"].as_array().is_some_and(|all| all.contains(&json!(kind)));
    match () {
        () if is("array") => json!([sample(api, &schema["items"], &format!("{at}/0"), ids)]),
        () if is("integer") => json!(1),
        () if is("boolean") => json!(true),
        () if is("object") => json!({}),
        () if schema["format"] == "date-time" => json!("2026-11-20T10:00:00Z"),
        () if schema["enum"].is_array() => schema["enum"][0].clone(),
        () => json!("7"),
    }
}

/// What is wrong in an answer, by its pointers.
fn wrong(answer: &Value) -> Vec<&str> {
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().filter_map(|error| error["pointer"].as_str()).collect()
}

#[tokio::test]
async fn every_id_of_every_body_may_be_a_whole_number_and_is_refused_by_its_field_when_it_is_none() {
    let app = app().await;
    let (_, api) = app.call("GET", "/openapi.json", None).await;
    let mut asked = Vec::new();
    for (path, calls) in api["paths"].as_object().unwrap() {
        for (method, call) in calls.as_object().unwrap() {
            let schema = &call["requestBody"]["content"]["application/json"]["schema"];
            let mut ids = Vec::new();
            let body = sample(&api, schema, "", &mut ids);
            for id in ids {
                for (given, is_one) in [(json!({}), false), (json!(1.5), false), (json!(7), true), (json!("7"), true)] {
                    let mut body = body.clone();
                    let (object, name) = id.rsplit_once('/').unwrap();
                    body.pointer_mut(object).unwrap()[name] = given.clone();
                    let (method, path) = (method.to_uppercase(), path.replace(['{', '}'], ""));
                    let (status, answer) = app.call(&method, &path, Some(body.clone())).await;
                    let told = format!("{method} {path}, {id} = {given}: {status} {answer} for {body}");
                    assert_eq!(!wrong(&answer).contains(&id.as_str()), is_one, "{told}");
                    assert!(is_one || status == 422, "{told}");
                }
                asked.push(format!("{method} {path} {id}"));
            }
        }
    }
    assert!(asked.len() > 50, "{} ids: {asked:#?}", asked.len());
}

#[tokio::test]
async fn an_id_of_something_new_that_stands_for_nothing_is_refused_by_its_field() {
    let app = app().await;
    let who = json!({ "external_id": "c-1" });
    app.call("POST", "/v1/members", Some(who.clone())).await;
    let calls = [
        ("/v1/adjustments", json!({ "member": who, "points": 5, "reason": "nice" })),
        ("/v1/holds", json!({ "member": who, "points": 5 })),
        ("/v1/rewards/socks/claims", json!({ "member": who })),
        ("/v1/events", json!({ "member": who, "type": "review" })),
        ("/v1/codes/FIVE/redeem", json!({ "member": who })),
        ("/v1/members/external:c-1/merge", json!({ "from": who, "reason": "one" })),
        ("/v1/members/external:c-1/restriction", json!({ "restricted": true, "reason": "looked at" })),
    ];
    for (path, body) in calls {
        for id in [json!(0), json!("undefined"), json!("[object Object]"), json!("{{ $json.id }}"), json!("  ")] {
            let mut body = body.clone();
            body["id"] = id.clone();
            let (status, answer) = app.call("POST", path, Some(body)).await;
            assert_eq!((status, wrong(&answer).contains(&"/id")), (422, true), "{path} {id}: {answer}");
        }
    }
    let hold = json!({ "id": "h-1", "member": who, "points": 5, "order_id": "null" });
    assert_eq!(wrong(&app.call("POST", "/v1/holds", Some(hold)).await.1), ["/order_id"]);
}

#[tokio::test]
async fn a_row_of_a_file_may_have_whole_numbers_for_ids() {
    let app = app().await;
    let rows = [
        ("members", json!({ "external_id": 7 })),
        ("lots", json!({ "external_id": 7, "id": 1, "points": 50 })),
        (
            "lots",
            json!({ "external_id": 7, "id": 2, "points": 50, "state": "reserved", "hold": 3,
                "hold_expires_at": "2026-12-20T10:00:00Z", "order_id": 1001 }),
        ),
        (
            "orders",
            json!({ "external_id": 7, "order_id": 1002, "placed_at": "2026-10-20T10:00:00Z", "currency": "EUR",
                "lines": [{ "id": 1, "quantity": 1, "unit_price": 10 }] }),
        ),
    ];
    for (kind, row) in rows {
        let (_, answer) = app.call("POST", &format!("/v1/imports/{kind}"), Some(json!([row]))).await;
        assert_eq!(answer["rows"][0]["state"], "new", "{kind} {row}: {answer}");
        let (_, answer) = app.call("POST", &format!("/v1/imports/{kind}"), Some(json!([row]))).await;
        assert_eq!(answer["rows"][0]["state"], "known", "{kind} {row}: {answer}");
    }
    let (_, member) = app.call("GET", "/v1/members/external:7", None).await;
    assert_eq!((&member["balance"]["available"], &member["balance"]["reserved"]), (&json!(50), &json!(50)), "{member}");
    assert_eq!(app.call("GET", "/v1/orders/1002", None).await.1["member_id"], member["id"]);
}
