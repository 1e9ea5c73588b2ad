//! `POST /v1/texts` and `POST /v1/messages`.

use loyalty_connector::{loyalty::programme::check, programme::sample};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use super::{
    bench::completion,
    support::{TestApp, app, app_with, call, purchase},
};

fn wanted(id: &str) -> Value {
    json!({"id": id, "member": {"external_id": "c-1042"}, "text_id": "thank_you", "cause": "order:1001", "facts": {"points": 278}})
}

fn message(text_id: &str) -> Value {
    json!({"member": {"external_id": "c-1042"}, "channel": "email", "purpose": "transactional", "text_id": text_id, "cause": "order:1001"})
}

async fn bought(service: &TestApp) {
    let (status, _) = service.put_order("1001", purchase("c-1042", 1)).await;
    assert_eq!(status, 200);
}

async fn with_model(content: &str) -> (MockServer, TestApp) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_json(completion(content)))
        .mount(&server)
        .await;
    let url = server.uri();
    let service = app_with(move |settings| settings.openai.url = Some(url)).await;
    (server, service)
}

#[tokio::test]
async fn a_text_tells_the_ledgers_numbers_whatever_the_caller_says() {
    let service = app().await;
    bought(&service).await;
    let mut body = wanted("t-1");
    body["facts"] = json!({"points": 9999, "balance": 9999, "discount": "10%"});
    let (status, text) = service.call("POST", "/v1/texts", Some(body)).await;
    assert_eq!((status, text["language"].as_str(), text["written_by"].as_str()), (200, Some("et"), Some("template")));
    assert_eq!(text["text"], "Aitäh ostu eest, {{name}}! Teenisid 278 punkti, sinu saldo on nüüd 278.");
    assert_eq!(text.get("fallback_reason"), None);
}

#[tokio::test]
async fn one_text_is_written_about_one_cause_whoever_asks_and_however_often() {
    let (server, service) = with_model("Subject: Aitäh\n\nSaid {{points}} punkti, {{name}}.").await;
    bought(&service).await;
    let asked = async || {
        server.received_requests().await.unwrap().iter().filter(|r| r.url.path() == "/chat/completions").count()
    };
    let first = service.call("POST", "/v1/texts", Some(wanted("t-1"))).await;
    assert_eq!((first.0, first.1["written_by"].as_str()), (200, Some("model")));
    assert_eq!(service.call("POST", "/v1/texts", Some(wanted("t-1"))).await, first);
    let (_, second) = service.call("POST", "/v1/texts", Some(wanted("t-2"))).await;
    assert_eq!(second["text"], first.1["text"]);
    assert_eq!(asked().await, 1); // the connector's own thank-you included
    let mut own = wanted("t-3");
    own.as_object_mut().unwrap().remove("cause");
    let kept = service.call("POST", "/v1/texts", Some(own.clone())).await;
    assert_eq!((kept.0, service.call("POST", "/v1/texts", Some(own.clone())).await), (200, kept));
    assert_eq!(asked().await, 2);
    own["text_id"] = json!("other");
    assert_eq!(service.call("POST", "/v1/texts", Some(own)).await.0, 409);
}

#[tokio::test]
async fn a_wrong_number_of_the_model_never_reaches_the_caller() {
    let (_server, service) = with_model("Subject: Aitäh\n\nSaid 500 punkti, {{name}}.").await;
    bought(&service).await;
    let (_, text) = service.call("POST", "/v1/texts", Some(wanted("t-1"))).await;
    assert_eq!(text["written_by"], "template");
    assert!(text["fallback_reason"].as_str().unwrap().contains("`500` is not among the facts"), "{text}");
}

#[tokio::test]
async fn wrong_bodies_name_their_place() {
    let service = app().await;
    bought(&service).await;
    let changed = |mut body: Value, pointer: &str, value: Value| {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[field] = value;
        body
    };
    let cases = [
        ("/v1/texts", changed(wanted("t"), "/facts/name", json!("Anna")), "/facts/name"),
        ("/v1/texts", changed(wanted("t"), "/facts/contact", json!("a@example.com")), "/facts/contact"),
        ("/v1/texts", changed(wanted("t"), "/text_id", json!("nonsense")), "/text_id"),
        ("/v1/texts", changed(wanted("t"), "/cause", json!("order:77")), "/cause"),
        ("/v1/texts", changed(wanted("t"), "/prompt", json!("x")), "/prompt"),
        ("/v1/messages", changed(message("x"), "/purpose", json!("marketing")), "/purpose"),
        ("/v1/messages", changed(message("x"), "/channel", json!("sms")), "/channel"),
        ("/v1/messages", changed(message("x"), "/subject", json!("only")), "/subject"),
        ("/v1/messages", message("nonsense"), "/text_id"),
    ];
    for (path, body, pointer) in cases {
        let (status, problem) = service.call("POST", path, Some(body.clone())).await;
        assert_eq!((status, problem["errors"][0]["pointer"].as_str()), (422, Some(pointer)), "{body} {problem}");
    }
    let mut stranger = wanted("t");
    stranger["member"] = json!({"external_id": "nobody"});
    assert_eq!(service.call("POST", "/v1/texts", Some(stranger)).await.0, 422);
    assert_eq!(call(&service.url, "lk_x_y", "POST", "/v1/messages", Some(message("x"))).await.0, 401);
}

#[tokio::test]
async fn the_thank_you_is_left_to_the_connector_when_the_programme_says_so() {
    let service = app().await;
    bought(&service).await;
    let (status, answer) = service.call("POST", "/v1/messages", Some(message("thank_you"))).await;
    assert_eq!((status, answer["state"].as_str()), (202, Some("left_to_connector")));
}

#[tokio::test]
async fn a_message_is_queued_once_whoever_asks_again() {
    let service = app().await;
    bought(&service).await;
    let mut body = message("reminder");
    body["subject"] = json!("Soon");
    body["text"] = json!("We look forward, {{name}}.");
    let (status, first) = service.call("POST", "/v1/messages", Some(body.clone())).await;
    assert_eq!((status, first["state"].as_str()), (202, Some("queued")));
    let (status, second) = service.call("POST", "/v1/messages", Some(body)).await;
    assert_eq!((status, &second["id"]), (202, &first["id"]));
    assert!(["queued", "already_sent"].contains(&second["state"].as_str().unwrap()), "{second}");
}

#[tokio::test]
async fn n8n_writes_and_sends_the_thank_you_when_the_programme_says_so() {
    let service = app().await;
    let mut tables = sample::tables();
    tables.0.get_mut("Programme").unwrap()[0].cells.insert("Thank-you by".to_owned(), "n8n".to_owned());
    let (app, now) = (&service.app, service.app.clock.now());
    app.programmes.publish(&app.store, "main", &tables, check(&tables).unwrap(), now).await.unwrap();
    bought(&service).await;
    let (_, text) = service.call("POST", "/v1/texts", Some(wanted("t-1"))).await;
    let mut body = message("thank_you");
    (body["subject"], body["text"]) = (text["subject"].clone(), text["text"].clone());
    let (status, queued) = service.call("POST", "/v1/messages", Some(body.clone())).await;
    assert_eq!((status, queued["state"].as_str()), (202, Some("queued")));
    let id = queued["id"].as_str().unwrap();
    while app.store.intent_state(id).await.unwrap().as_deref() != Some("done") {
        tokio::task::yield_now().await;
    }
    let (_, again) = service.call("POST", "/v1/messages", Some(body)).await;
    assert_eq!(again["state"], "already_sent");
    let mailbox = app.store.messages("main", 10).await.unwrap();
    assert_eq!((mailbox.len(), mailbox[0].subject.as_str()), (1, "Aitäh, Anna! Said 278 punkti"));
}
