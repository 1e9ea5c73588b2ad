//! Every bound that the contract says of a text or a list of a request is held: one more is refused at its place, or, where a
//! purchase can do without, left out and named.

use jiff::ToSpan;
use loyalty_connector::clock::Clock;
use serde_json::{Value, json};

use super::support::{TestApp, app, call, purchase};

/// What a fitting body of a call is where its description shows none, and paths that lead somewhere.
fn example(method: &str, path: &str, contract: &Value, known: &[(&str, String)]) -> (String, Value) {
    let mut at = path.replace("{ref}", "external:c-1042").replace("{order_id}", "1001").replace("{code}", "WELCOME10");
    for (name, id) in known {
        at = if path.contains(name) { at.replace("{id}", id) } else { at };
    }
    at = at.replace("{kind}", "members").replace("/v1/rewards/{id}", "/v1/rewards/mug");
    let schema = &contract["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"];
    let name = schema["$ref"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let told = &contract["components"]["schemas"][name]["example"];
    let who = json!({"external_id": "c-1042"});
    let body = match name {
        _ if told.is_object() => told.clone(),
        "OrderBody" => purchase("c-1042", 1),
        "CartBody" => json!({"member": who, "currency": "EUR", "lines": purchase("c", 1)["lines"]}),
        "MemberBody" => who,
        "ClaimBody" | "CodeBody" => json!({"id": "use-1", "member": who}),
        "CheckBody" => json!({"member": who}),
        "IssueBody" => json!({"offer": "welcome", "codes": ["A"]}),
        "DraftBody" => json!({"tables": {"Rules": [{"Rule": "base"}]}}),
        "ProfileChanged" => json!({"profile_id": "mem_1"}),
        "EventOrEvents" => contract["components"]["schemas"]["EventBody"]["example"].clone(),
        "" => json!([{"external_id": "c-9"}]),
        _ => json!({}),
    };
    (at, body)
}

/// A place in a body, and the most that may stand there.
struct Bound {
    pointer: String,
    most: usize,
    list: bool,
}

fn bounds(schema: &Value, contract: &Value, pointer: &str, found: &mut Vec<Bound>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return bounds(contract.pointer(reference.trim_start_matches('#')).unwrap(), contract, pointer, found);
    }
    let most = |name: &str| schema[name].as_u64().map(|most| usize::try_from(most).unwrap());
    let mut add = |most: Option<usize>, list| {
        found.extend(most.map(|most| Bound { pointer: pointer.to_owned(), most, list }));
    };
    add(most("maxLength"), false);
    add(most("maxItems"), true);
    for (name, below) in schema["properties"].as_object().into_iter().flatten() {
        bounds(below, contract, &format!("{pointer}/{name}"), found);
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        for one in schema[several].as_array().into_iter().flatten().filter(|one| one["type"] != "array") {
            bounds(one, contract, pointer, found);
        }
    }
    if schema["items"].is_object() {
        bounds(&schema["items"], contract, &format!("{pointer}/0"), found);
    }
    if schema["additionalProperties"].is_object() {
        bounds(&schema["additionalProperties"], contract, &format!("{pointer}/some"), found);
    }
}

/// Facts that a call can do without, where its answer has no room for notes: nothing is kept of what is too long.
const LEFT_OUT: [&str; 5] = ["/card", "/phone", "/email", "/visitor", "/name"];

/// A member's fact beside the one it is known by; in a body that is about the member itself each is refused.
fn body_has_more(pointer: &str) -> bool {
    pointer.matches('/').count() > 1
}

/// The body as one that was not sent before.
fn fresh(body: &Value, number: usize) -> Value {
    let mut body = body.clone();
    if body["id"].is_string() {
        body["id"] = format!("try-{number}").into();
    }
    if body["revision"].is_number() {
        body["revision"] = (number + 10).into();
    }
    body
}

/// The body with one more than may be at this place; what is missing on the way there is made.
fn with_too_much(body: &Value, bound: &Bound) -> Value {
    let mut body = body.clone();
    let mut place = &mut body;
    if bound.pointer.starts_with("/goods") {
        place["goods"] = json!([{"category": "shoes", "amount": "1.00"}]);
    }
    if bound.pointer.starts_with("/exchange") {
        place["exchange"] = json!({"rate": "1", "source": "us"});
    }
    for step in bound.pointer.split('/').skip(1) {
        place = if let Ok(index) = step.parse::<usize>() {
            if place.as_array().is_none_or(Vec::is_empty) {
                *place = json!([null]);
            }
            &mut place[index]
        } else {
            if !place.is_object() {
                *place = json!({});
            }
            place.as_object_mut().unwrap().entry(step).or_insert(Value::Null)
        };
    }
    *place = if bound.list {
        let item = place.as_array().and_then(|items| items.first()).cloned().unwrap_or_else(|| json!("A"));
        Value::Array(vec![item; bound.most + 1])
    } else {
        "x".repeat(bound.most + 1).into()
    };
    body
}

/// Whether the answer names the place: as wrong, or as left out.
fn names(answer: &Value, pointer: &str) -> bool {
    let is_it = |told: &str| pointer == told || pointer.starts_with(&format!("{told}/"));
    let errors = answer["errors"].as_array().into_iter().flatten();
    let wrong = errors.filter_map(|error| error["pointer"].as_str()).any(|told| !told.is_empty() && is_it(told));
    let notes = answer["notes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let left_out = notes.filter_map(|note| note.split([' ', ':']).next()).any(is_it);
    wrong || left_out || pointer.is_empty() && answer["errors"][0]["pointer"] == ""
}

async fn world() -> (TestApp, Vec<(&'static str, String)>) {
    let app = app().await;
    app.put_order("1001", purchase("c-1042", 0)).await;
    let post = async |path: &str, body: Value| app.call("POST", path, Some(body)).await.1;
    let who = json!({"external_id": "c-1042"});
    let hold = post("/v1/holds", json!({"id": "h", "member": who, "points": 200})).await;
    post("/v1/adjustments", json!({"id": "a", "member": who, "points": 1000, "reason": "for a reward"})).await;
    let rewards = app.call("GET", "/v1/rewards", None).await.1;
    let reward = rewards["items"][0]["id"].as_str().or(rewards["rewards"][0]["id"].as_str()).unwrap().to_owned();
    let claim = post(&format!("/v1/rewards/{reward}/claims"), json!({"id": "c", "member": who})).await;
    for member in [json!({"external_id": "c-7"}), json!({"visitor": "a1b2"})] {
        post("/v1/members", member).await;
    }
    let id = |answer: &Value| answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    let known = vec![
        ("/v1/holds/", id(&hold)),
        ("/v1/claims/", id(&claim)),
        ("/v1/rewards/", reward),
        ("/v1/duplicates/", "mem_1:mem_2".to_owned()),
    ];
    (app, known)
}

#[tokio::test]
async fn every_bound_of_the_contract_is_held_at_its_place() {
    let (app, known) = world().await;
    let (_, contract) = call(&app.url, &app.key, "GET", "/openapi.json", None).await;
    app.clock.set(app.clock.now() + 48.hours()); // after the instants of the examples
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for (path, calls) in contract["paths"].as_object().unwrap() {
        for (method, described) in calls.as_object().unwrap() {
            let schema = &described["requestBody"]["content"]["application/json"]["schema"];
            if schema.is_null() || path == "/webhooks/standard" {
                continue; // a signed webhook waits for a person, whatever it holds
            }
            let (at, body) = example(method, path, &contract, &known);
            let mut found = Vec::new();
            bounds(schema, &contract, "", &mut found);
            for bound in found {
                tried += 1;
                let too_much = with_too_much(&fresh(&body, tried), &bound);
                let (status, answer) = app.call(&method.to_uppercase(), &at, Some(too_much)).await;
                let passed = status < 500
                    && body_has_more(&bound.pointer)
                    && LEFT_OUT.iter().any(|fact| bound.pointer.ends_with(fact));
                if !passed && !names(&answer, &bound.pointer) {
                    wrong.push(format!("{method} {at} {} > {}: {status} {answer:.300}", bound.pointer, bound.most));
                }
            }
        }
    }
    let (_, member) = app.call("GET", "/v1/members/external:c-1042", None).await;
    assert!(!member.to_string().contains("xxx"), "nothing was kept of it: {member}");
    assert!(tried > 150, "{tried}");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}
