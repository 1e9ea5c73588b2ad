//! Every event and every delivery twice: nothing changes, here or at any receiver.

use loyalty_connector::signature::{Secret, sign};
use serde_json::{Value, json};

use crate::{
    support::{self, ledger, purchase, raw, signals},
    world::World,
};

/// Every kind of call that changes something: method, path, body.
fn calls() -> Vec<(&'static str, &'static str, Value)> {
    let state = |revision, change: fn(&mut Value)| {
        let mut order = purchase("c-1", revision);
        order["lines"][0]["quantity"] = json!(2);
        change(&mut order);
        order
    };
    let review =
        |id: &str| json!({"id": id, "type": "review", "member": {"external_id": "c-1"}, "data": {"rating": 5}});
    let adjustment = |id: &str, points: i64| json!({"id": id, "member": {"external_id": "c-2"}, "points": points, "reason": "goodwill"});
    let text = json!({"id": "t-1", "member": {"external_id": "c-1"}, "text_id": "thank_you", "cause": "order:paid"});
    let message = json!({"id": "m-1", "member": {"external_id": "c-1"}, "channel": "email", "purpose": "transactional",
        "text_id": "reminder", "cause": "order:paid", "subject": "Soon", "text": "We look forward, {{name}}."});
    vec![
        ("POST", "/v1/members", json!({"external_id": "c-1", "email": "c-1@example.com", "name": "Anna"})),
        ("PATCH", "/v1/members/external:c-1", json!({"language": "et", "card": "777"})),
        ("PUT", "/v1/orders/paid", state(1, |order| order["status"] = json!("placed"))),
        ("PUT", "/v1/orders/paid", state(2, |_| ())),
        ("PUT", "/v1/orders/paid", state(3, |order| order["lines"][0]["returned"] = json!(1))),
        ("PUT", "/v1/orders/paid", state(4, |order| order["status"] = json!("fulfilled"))),
        ("PUT", "/v1/orders/gone", purchase("c-2", 1)),
        ("POST", "/v1/adjustments", adjustment("a-1", -100)),
        ("PUT", "/v1/orders/gone", {
            let mut order = purchase("c-2", 2);
            order["status"] = json!("cancelled");
            order
        }),
        ("POST", "/v1/adjustments", adjustment("a-2", 50)),
        ("POST", "/v1/events", review("r-1")),
        ("POST", "/v1/events", json!([review("r-2"), review("r-3"), review("r-1")])),
        ("POST", "/v1/texts", text),
        ("POST", "/v1/messages", message),
    ]
}

/// Webhooks of both kinds: id and body.
fn webhooks() -> [(&'static str, Value); 2] {
    let mut order = purchase("c-3", 1);
    order["order_id"] = json!("hooked");
    let review = json!({"member": {"external_id": "c-3"}, "rating": 4});
    [
        ("msg_1", json!({"type": "order.paid", "timestamp": support::NOW, "data": order})),
        ("msg_2", json!({"type": "review", "timestamp": support::NOW, "data": review})),
    ]
}

/// Sends everything; the answers.
async fn send_all(world: &World) -> Vec<Value> {
    let mut answers = Vec::new();
    for (method, path, body) in calls() {
        let (status, answer) = world.app.call(method, path, Some(body)).await;
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answers.push(answer);
    }
    let (secret, now) = (Secret::parse(signals::SECRET).unwrap(), support::NOW.parse().unwrap());
    for (id, body) in webhooks() {
        let body = body.to_string();
        let (signature, at) = (sign(&secret, id, now, body.as_bytes()), now.as_second().to_string());
        let headers = [("webhook-id", id), ("webhook-timestamp", &at), ("webhook-signature", &signature)];
        let (status, answer) =
            raw(&world.app.url, None, "POST", "/webhooks/standard", body.into_bytes(), &headers).await;
        assert_eq!(status, 200, "{answer}");
        answers.push(answer);
    }
    answers
}

/// Everything that anybody can see of points, profiles, texts and mails.
async fn picture(world: &World) -> Value {
    let (store, systems) = (&world.app.app.store, &world.systems);
    let mut members = Vec::new();
    for member in ["c-1", "c-2", "c-3"] {
        let (_, mut view) = world.app.call("GET", &format!("/v1/members/external:{member}"), None).await;
        let (_, statement) = world.app.call("GET", &format!("/v1/members/external:{member}/statement"), None).await;
        view.as_object_mut().unwrap().remove("version"); // a change of an address is an event each time
        members.push(json!([view, statement]));
    }
    let rows = |table| {
        let rows = systems.nocodb.rows(table).into_iter().map(|mut row| {
            row.remove("Version");
            row.remove("UpdatedAt"); // NocoDB's own word of when it was written
            row
        });
        rows.collect::<Vec<_>>()
    };
    let unomi = systems.unomi.see(|seen| {
        let profiles = seen.profiles.clone().into_iter().map(|(id, mut properties)| {
            properties.remove("loyaltyVersion");
            (id, properties)
        });
        json!([seen.events, profiles.collect::<Vec<_>>()])
    });
    let messages = store.messages("main", 100).await.unwrap();
    let messages: Vec<_> = messages.into_iter().map(|message| json!([message.id, message.via, message.body])).collect();
    json!({
        "members": members, "entries": ledger::entries(store).await, "points": rows("Points"), "rows": rows("Members"),
        "unomi": unomi, "texts": world.texts().await, "asked": systems.model.asked(), "messages": messages,
        "mails": systems.brevo.accepted(), "signals": systems.n8n.distinct(),
    })
}

/// Says of one part after the other what is different.
fn assert_same(before: &Value, after: &Value) {
    for (part, value) in before.as_object().unwrap() {
        assert_eq!(value, &after[part], "{part}");
    }
}

#[tokio::test]
async fn every_event_twice_changes_nothing() {
    let world = World::new().await;
    let first = send_all(&world).await;
    world.catch_up().await;
    let before = picture(&world).await;
    assert!(before["messages"].as_array().unwrap().len() > 2 && before["signals"].as_u64() > Some(5), "{before}");
    let second = send_all(&world).await;
    world.catch_up().await;
    assert_same(&before, &picture(&world).await);
    for (first, again) in first.iter().zip(&second).flat_map(|(first, again)| receipts(first).zip(receipts(again))) {
        let mut expected = first.clone();
        expected["duplicate"] = json!(true);
        // A change of facts has no id: it is made again, and changes no point.
        let is_change = first["event_id"].as_str().unwrap().starts_with("chg_");
        assert!(*again == expected || is_change && again["points"]["change"] == 0, "{first} {again}");
    }
}

/// The receipts in an answer: one, those of an array, or none.
fn receipts(answer: &Value) -> impl Iterator<Item = &Value> {
    let one = answer.get("duplicate").map(|_| answer);
    one.into_iter().chain(answer["receipts"].as_array().into_iter().flatten())
}

/// As after a crash between sending and settling, of everything: it is due again, and its receivers have it.
async fn lose_what_was_settled(world: &World) {
    let again = "UPDATE intent SET state = 'due', due_at = 0, attempts = 1 WHERE state = 'done'; \
                 UPDATE feed SET version_sent = 0, due_at = 0, attempts = 1, state = 'due'";
    match support::postgres::of(&world.app.folder.0) {
        Some(url) => support::postgres::run(&url, again).await,
        None => {
            rusqlite::Connection::open(world.app.folder.0.join("loyalty.db")).unwrap().execute_batch(again).unwrap();
        }
    }
    assert!(!ledger::outstanding(&world.app.app.store).await.is_empty());
}

#[tokio::test]
async fn every_delivery_twice_changes_nothing() {
    let world = World::new().await;
    send_all(&world).await;
    world.catch_up().await;
    let before = picture(&world).await;
    lose_what_was_settled(&world).await;
    world.catch_up().await;
    assert_same(&before, &picture(&world).await);
}

#[tokio::test]
async fn a_mail_is_not_sent_again_although_brevo_forgot_its_key() {
    let world = World::new().await;
    world.buys("c-1", "1", 278).await;
    world.catch_up().await;
    world.systems.brevo.forget();
    lose_what_was_settled(&world).await;
    world.catch_up().await;
    world.has_everything_once().await;
}
