//! A text intent becomes one text event, by the model or the template, and that one message.

use std::time::Duration;

use insta::assert_snapshot;
use loyalty_connector::loyalty::event::WrittenBy;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use super::bench::{Bench, completion, pretty};

const GOOD: &str = "Subject: Well run!\n\nYou earned {{points}} points, {{name}}, and have 278 now.";

async fn model(answer: ResponseTemplate) -> (MockServer, Bench) {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    let mut bench = Bench::new("connector").await;
    bench.settings.openai.url = Some(server.uri());
    bench.settings.openai.api_key = Some("sk-test".into());
    bench.settings.openai.timeout_ms = 300;
    (server, bench)
}

fn answers(content: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(completion(content))
}

#[tokio::test]
async fn a_model_sees_numbers_and_goods_but_nobody() {
    let (server, bench) = model(answers(GOOD)).await;
    bench.purchase(Some("anna@example.com")).await;
    assert_eq!(bench.turn(&bench.texts()).await, 1);
    let asked = &server.received_requests().await.unwrap()[0];
    assert_eq!(asked.headers["authorization"], "Bearer sk-test");
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_snapshot!("openai_request", pretty(&body));
    let sent = String::from_utf8_lossy(&asked.body).to_lowercase();
    for personal in ["anna", "example.com", "51234567", "c-1042", "mem_"] {
        assert!(!sent.contains(personal), "{personal}");
    }
    let written = bench.written().await.unwrap();
    assert_eq!((written.written_by, written.fallback_reason), (WrittenBy::Model, None));
    assert_eq!(written.body, "You earned 278 points, {{name}}, and have 278 now.");
}

#[tokio::test]
async fn a_text_that_was_written_is_never_asked_for_again() {
    let (server, bench) = model(answers(GOOD)).await;
    bench.purchase(Some("anna@example.com")).await;
    let texts = bench.texts();
    assert_eq!(bench.turn(&texts).await, 1);
    let done = bench.store.dead_letters("main", 9).await.unwrap();
    assert!(done.is_empty());
    // As after a crash between writing and settling: the same intent is carried out again.
    let item = loyalty_connector::store::IntentItem {
        id: text_intent(&bench).await,
        brand: "main".to_owned(),
        member: bench.purchase(None).await,
        action: loyalty_connector::loyalty::intent::Action::Text {
            text_id: "thank_you".to_owned(),
            cause: "order:1001".to_owned(),
            channel: loyalty_connector::loyalty::event::Channel::Email,
            language: None,
            facts: std::collections::BTreeMap::new(),
        },
        valid_until: super::bench::now(),
        attempt: 2,
    };
    let outcome = loyalty_connector::delivery::IntentDestination::carry_out(&texts, &item).await;
    assert_eq!(outcome, loyalty_connector::delivery::Outcome::Delivered);
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

/// The id of the text intent, from the event it led to.
async fn text_intent(bench: &Bench) -> String {
    let events = bench.store.recent_events("main", 20).await.unwrap();
    let id = events.into_iter().map(|summary| summary.stored.event.id).find(|id| id.starts_with("text:"));
    id.unwrap()["text:".len()..].to_owned()
}

#[tokio::test]
async fn what_asking_again_cannot_mend_falls_back_to_the_template_at_once() {
    let length = json!({"choices": [{"message": {"content": "You ear"}, "finish_reason": "length"}]});
    let refusal = json!({"choices": [{"message": {"content": null, "refusal": "no"}, "finish_reason": "stop"}]});
    let quota = json!({"error": {"message": "m", "type": "insufficient_quota", "param": null, "code": "credit_balance_exhausted"}});
    let unknown =
        json!({"error": {"message": "m", "type": "invalid_request_error", "param": null, "code": "model_not_found"}});
    for (answer, reason) in [
        (answers("You earned 900 points."), "the number `900` is not among the facts"),
        (answers("Come to shop.example today."), "a link"),
        (answers(""), "answered nothing"),
        (ResponseTemplate::new(200).set_body_string("<html>"), "cannot be read"),
        (ResponseTemplate::new(200).set_body_json(length), "cut off"),
        (ResponseTemplate::new(200).set_body_json(refusal), "declined"),
        (ResponseTemplate::new(429).set_body_json(quota), "out of quota"),
        (ResponseTemplate::new(404).set_body_json(unknown), "404"),
    ] {
        let (server, bench) = model(answer).await;
        bench.purchase(Some("anna@example.com")).await;
        assert_eq!(bench.turn(&bench.texts()).await, 1, "{reason}");
        let written = bench.written().await.unwrap();
        assert_eq!(written.written_by, WrittenBy::Template, "{reason}");
        assert!(written.fallback_reason.as_deref().unwrap().contains(reason), "{:?}", written.fallback_reason);
        assert_eq!(written.subject, "Thank you, {{name}}! 278 points are yours");
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_text_waits_for_a_server_in_trouble_but_not_for_ever() {
    let slow = answers(GOOD).set_delay(Duration::from_secs(5));
    for answer in [ResponseTemplate::new(500), ResponseTemplate::new(429), ResponseTemplate::new(401), slow] {
        let (_server, bench) = model(answer).await;
        bench.purchase(Some("anna@example.com")).await;
        let texts = bench.texts();
        assert_eq!(bench.turn(&texts).await, 1);
        assert!(bench.written().await.is_none());
        bench.later(9);
        bench.turn(&texts).await;
        assert!(bench.written().await.is_none());
        bench.later(2);
        bench.turn(&texts).await;
        let written = bench.written().await.unwrap();
        assert_eq!(written.written_by, WrittenBy::Template);
        assert!(written.fallback_reason.unwrap().contains("could not be reached for 10 minutes"));
    }
}

#[tokio::test]
async fn without_a_model_the_template_is_the_text() {
    let bench = Bench::new("connector").await;
    bench.purchase(Some("anna@example.com")).await;
    bench.turn(&bench.texts()).await;
    let written = bench.written().await.unwrap();
    assert_eq!((written.written_by, written.fallback_reason), (WrittenBy::Template, None));
    assert_snapshot!("facts_of_a_thank_you", pretty(&json!(written.facts)));
}

#[tokio::test]
async fn nothing_is_written_to_a_member_without_an_address() {
    let (server, bench) = model(answers(GOOD)).await;
    bench.purchase(None).await;
    bench.turn(&bench.texts()).await;
    assert!(bench.written().await.is_none() && bench.dead().await.is_empty(), "nothing to send, nothing wrong");
    assert!(server.received_requests().await.unwrap().is_empty());
}
