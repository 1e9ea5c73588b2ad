//! One message per cause goes out, by Brevo or into the preview mailbox.

use std::time::Duration;

use insta::assert_snapshot;
use loyalty_connector::values::person::Person;
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

use super::bench::{Bench, pretty};

async fn brevo(bench: &mut Bench, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/smtp/email"))
        .and(header("api-key", "xkeysib-test"))
        .respond_with(answer)
        .mount(&server)
        .await;
    bench.settings.brevo.url = server.uri();
    bench.settings.brevo.api_key = Some("xkeysib-test".into());
    bench.settings.brevo.timeout_ms = 300;
    server
}

async fn answering(answer: ResponseTemplate) -> (MockServer, Bench) {
    let mut bench = Bench::new("n8n").await;
    let server = brevo(&mut bench, answer).await;
    let member = bench.purchase(Some("anna@example.com")).await;
    bench.request_message(&member).await;
    (server, bench)
}

fn accepted() -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(json!({"messageId": "<1@smtp-relay.mailin.fr>"}))
}

fn fault(status: u16, code: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"code": code, "message": message}))
}

#[tokio::test]
async fn brevo_gets_the_mail_under_the_intents_own_key() {
    let (server, bench) = answering(accepted()).await;
    assert_eq!(bench.turn(&bench.messenger()).await, 1);
    let body: Value = serde_json::from_slice(&server.received_requests().await.unwrap()[0].body).unwrap();
    assert_eq!(body["headers"]["idempotencyKey"].as_str().unwrap().len(), 36);
    let mut shown = body.clone();
    shown["headers"]["idempotencyKey"] = json!("[uuid]"); // derived from the member's id, which is new each time
    assert_snapshot!("brevo_request", pretty(&shown));
    let kept = bench.messages().await;
    assert_eq!((kept.len(), kept[0].via.as_str(), kept[0].recipient.as_str()), (1, "brevo", "anna@example.com"));
    assert_eq!(kept[0].body, body["htmlContent"].as_str().unwrap());
}

#[tokio::test]
async fn without_a_key_the_same_mail_is_in_the_preview_mailbox() {
    let bench = Bench::new("connector").await;
    bench.purchase(Some("anna@example.com")).await;
    bench.turn(&bench.texts()).await;
    bench.turn(&bench.messenger()).await;
    let kept = bench.messages().await;
    assert_eq!((kept.len(), kept[0].via.as_str()), (1, "preview"));
    assert_eq!(kept[0].subject, "Thank you, Anna! 278 points are yours");
    assert!(kept[0].body.starts_with("<!doctype html>"));
}

#[tokio::test]
async fn a_test_member_is_never_written_to_for_real() {
    let mut bench = Bench::new("connector").await;
    let server = brevo(&mut bench, accepted()).await;
    let email = Some("anna@example.com".to_owned());
    bench.purchase_by(Person { email, test: true, ..Person::default() }).await;
    bench.turn(&bench.texts()).await;
    bench.turn(&bench.messenger()).await;
    assert_eq!(bench.messages().await[0].via, "preview");
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn one_message_goes_out_though_both_the_connector_and_n8n_want_to_send_it() {
    for sender in ["connector", "n8n"] {
        let mut bench = Bench::new(sender).await;
        let server = brevo(&mut bench, accepted()).await;
        let member = bench.purchase(Some("anna@example.com")).await;
        bench.request_message(&member).await;
        bench.request_message(&member).await;
        let (texts, messenger) = (bench.texts(), bench.messenger());
        for _ in 0..3 {
            bench.turn(&texts).await;
            bench.turn(&messenger).await;
        }
        assert_eq!(server.received_requests().await.unwrap().len(), 1, "{sender}");
        assert_eq!(bench.messages().await.len(), 1, "{sender}");
    }
}

#[tokio::test]
async fn nobody_means_nobody() {
    let bench = Bench::new("nobody").await;
    let member = bench.purchase(Some("anna@example.com")).await;
    bench.request_message(&member).await;
    assert_eq!(bench.turn(&bench.texts()).await + bench.turn(&bench.messenger()).await, 0);
}

#[tokio::test]
async fn a_repeated_key_means_that_it_was_accepted_before() {
    let (_server, bench) = answering(fault(400, "duplicate_parameter", "idempotencyKey exists")).await;
    bench.turn(&bench.messenger()).await;
    assert_eq!(bench.messages().await[0].via, "brevo");
}

#[tokio::test]
async fn a_lost_answer_is_repeated_only_while_brevo_knows_the_key() {
    let (server, bench) = answering(accepted().set_delay(Duration::from_secs(5))).await;
    let messenger = bench.messenger();
    bench.turn(&messenger).await;
    assert_eq!(bench.messages().await[0].via, "sending");
    bench.later(20);
    bench.turn(&messenger).await;
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
    bench.later(6); // 26 minutes after the first try
    bench.turn(&messenger).await;
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
    let dead = bench.dead().await;
    assert_eq!((dead[0].0.as_str(), dead[0].1.as_str()), ("message", "unknown"));
    // A person looked and sends it again.
    server.reset().await;
    Mock::given(method("POST")).respond_with(accepted()).mount(&server).await;
    bench.store.replay("main", None, None, loyalty_connector::clock::Clock::now(bench.clock.as_ref())).await.unwrap();
    bench.turn(&messenger).await;
    assert_eq!(bench.messages().await[0].via, "brevo");
}

#[tokio::test]
async fn while_answers_are_lost_one_message_at_a_time_is_tried() {
    let (server, bench) = answering(accepted().set_delay(Duration::from_secs(5))).await;
    let messenger = bench.messenger();
    bench.turn(&messenger).await;
    let member = bench.messages().await[0].member.clone();
    for number in 0..5 {
        bench.request_message_about(&member, &format!("order:{number}")).await;
    }
    assert_eq!(bench.turn(&messenger).await, 6);
    assert_eq!(server.received_requests().await.unwrap().len(), 2, "one more");
    server.reset().await;
    Mock::given(method("POST")).respond_with(accepted()).mount(&server).await;
    bench.turn(&messenger).await; // one finds out
    bench.turn(&messenger).await;
    let kept = bench.messages().await;
    assert_eq!(kept.iter().filter(|message| message.via == "brevo").count(), 6);
}

#[tokio::test]
async fn an_outage_only_delays() {
    let no_credits = fault(402, "not_enough_credits", "no credits");
    let no_sender = fault(400, "invalid_parameter", "Sender is not valid or not verified");
    let failing = [
        ResponseTemplate::new(500),
        ResponseTemplate::new(503),
        ResponseTemplate::new(429),
        ResponseTemplate::new(401),
        no_credits,
        no_sender,
    ];
    for answer in failing {
        let (server, bench) = answering(answer).await;
        let messenger = bench.messenger();
        for _ in 0..4 {
            bench.turn(&messenger).await;
            bench.later(20);
            assert!(bench.messages().await.is_empty() && bench.dead().await.is_empty());
        }
        server.reset().await;
        Mock::given(method("POST")).respond_with(accepted()).mount(&server).await;
        bench.turn(&messenger).await;
        assert_eq!(bench.messages().await[0].via, "brevo");
    }
}

#[tokio::test]
async fn what_brevo_refuses_for_ever_waits_for_a_person() {
    let (_server, bench) = answering(fault(400, "invalid_parameter", "email is not valid in to")).await;
    bench.turn(&bench.messenger()).await;
    let dead = bench.dead().await;
    assert_eq!((dead[0].0.as_str(), dead[0].1.as_str()), ("message", "dead"));
    assert!(dead[0].2.contains("email is not valid"), "{}", dead[0].2);
    assert!(bench.messages().await.is_empty());
}

/// Whoever takes over an account must not do it unseen: the address that was believed until now hears of it.
#[tokio::test]
async fn a_former_address_is_told_that_messages_go_elsewhere_now() {
    let bench = Bench::new("nobody").await;
    let messenger = bench.messenger();
    let change = async |email: Option<&str>, language: &str| {
        let language = Some(language.to_owned());
        bench.know(Person { email: email.map(str::to_owned), language, ..Person::default() }).await;
    };
    bench.purchase(Some("anna@example.com")).await;
    bench.turn(&messenger).await;
    let before = bench.messages().await.len();
    change(Some("anna@example.com"), "et").await;
    change(None, "et").await;
    bench.turn(&messenger).await;
    assert_eq!(bench.messages().await.len(), before, "nothing changed");
    change(Some("thief@example.com"), "et").await;
    bench.turn(&messenger).await;
    let messages = bench.messages().await;
    let told = messages.iter().find(|message| message.subject == "Sinu e-posti aadress muudeti").expect("a notice");
    assert_eq!(told.recipient, "anna@example.com");
    assert!(!told.body.contains("thief"), "the new one is not told: {}", told.body);
    bench.turn(&messenger).await;
    assert_eq!(bench.messages().await.len(), before + 1, "once");
    for (_, _, content) in bench.dead().await {
        assert!(!content.contains("anna@"), "{content}");
    }
}

/// A number moves messages, too, and nobody can be told at the number: the address that is known hears of it.
#[tokio::test]
async fn a_changed_phone_is_told_at_the_address_that_was_known() {
    let bench = Bench::new("nobody").await;
    let messenger = bench.messenger();
    let change = async |phone: Option<&str>, email: Option<&str>| {
        let (phone, email) = (phone.map(str::to_owned), email.map(str::to_owned));
        bench.know(Person { phone, email, language: Some("en".to_owned()), ..Person::default() }).await;
    };
    change(Some("+37251111111"), None).await;
    change(Some("+37252222222"), None).await;
    bench.turn(&messenger).await;
    assert_eq!(bench.messages().await.len(), 0, "no address is known to tell");
    change(None, Some("anna@example.com")).await;
    change(Some("+37252222222"), None).await;
    bench.turn(&messenger).await;
    assert_eq!(bench.messages().await.len(), 0, "nothing moved");
    change(Some("+37253333333"), None).await;
    bench.turn(&messenger).await;
    let messages = bench.messages().await;
    let told = [&messages[0].subject, &messages[0].recipient];
    assert_eq!(
        (messages.len(), told),
        (1, [&"Your phone number was changed".to_owned(), &"anna@example.com".to_owned()])
    );
    assert!(!messages[0].body.contains("3333333"), "the new one is not told: {}", messages[0].body);
    change(Some("+37254444444"), Some("thief@example.com")).await;
    bench.turn(&messenger).await;
    let mut told: Vec<_> = bench.messages().await.into_iter().map(|told| (told.subject, told.recipient)).collect();
    told.sort();
    let anna = |what: &str| (format!("Your {what} was changed"), "anna@example.com".to_owned());
    assert_eq!(told, [anna("e-mail address"), anna("phone number"), anna("phone number")], "both at the one believed");
}
