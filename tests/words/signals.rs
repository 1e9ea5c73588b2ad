//! Signals reach n8n signed, under one id.

use loyalty_connector::{
    clock::Clock,
    signature::{Headers, Secret, verify},
    systems::n8n::Signals,
};
use serde_json::Value;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use super::bench::{Bench, pretty};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

async fn listening(answer: ResponseTemplate) -> (MockServer, Bench, Signals) {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    let mut bench = Bench::new("nobody").await;
    bench.settings.n8n.signal_url = Some(format!("{}/webhook/loyalty-signal", server.uri()));
    bench.settings.n8n.signal_secret = Some(SECRET.into());
    let signals = Signals::new(&bench.settings.n8n, bench.clock.clone()).unwrap();
    bench.purchase(None).await;
    (server, bench, signals)
}

#[tokio::test]
async fn a_signal_is_signed_and_keeps_its_id_over_retries() {
    let (server, bench, signals) = listening(ResponseTemplate::new(503)).await;
    bench.turn(&signals).await;
    bench.later(1);
    bench.turn(&signals).await;
    let requests = server.received_requests().await.unwrap();
    let header = |index: usize, name: &str| requests[index].headers[name].to_str().unwrap().to_owned();
    assert_eq!(requests.len(), 2);
    assert_eq!(header(0, "webhook-id"), header(1, "webhook-id"));
    assert_ne!(header(0, "webhook-timestamp"), header(1, "webhook-timestamp"));
    let headers = Headers {
        id: &header(1, "webhook-id"),
        timestamp: &header(1, "webhook-timestamp"),
        signature: &header(1, "webhook-signature"),
    };
    assert_eq!(verify(&[Secret::parse(SECRET).unwrap()], headers, &requests[1].body, bench.clock.now()), Ok(()));
    assert_eq!(requests[0].body, requests[1].body);
    let mut body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    body["data"]["member_id"] = Value::from("[member]"); // new each time
    insta::assert_snapshot!("signal_request", pretty(&body));
}

#[tokio::test]
async fn a_failing_workflow_delays_its_signal_and_no_other() {
    for (status, paused) in [(404, true), (500, false), (502, true), (401, true)] {
        let (_server, bench, signals) = listening(ResponseTemplate::new(status)).await;
        bench.turn(&signals).await;
        assert_eq!(bench.courier.health.paused_until("signal").is_some(), paused, "{status}");
        assert!(bench.dead().await.is_empty(), "{status}");
    }
}

#[tokio::test]
async fn without_a_listener_no_signal_piles_up() {
    let bench = Bench::new("nobody").await;
    let signals = Signals::new(&bench.settings.n8n, bench.clock.clone()).unwrap();
    bench.purchase(None).await;
    assert_eq!(bench.turn(&signals).await, 1);
    let counts = bench.store.delivery_counts("main").await.unwrap();
    assert_eq!(counts, [("signal".to_owned(), "done".to_owned(), 1)]);
}

#[tokio::test]
async fn a_listener_without_a_secret_is_a_wrong_setting() {
    let mut bench = Bench::new("nobody").await;
    bench.settings.n8n.signal_url = Some("http://127.0.0.1:1/".to_owned());
    let problem = Signals::new(&bench.settings.n8n, bench.clock.clone()).err().unwrap().to_string();
    assert!(problem.starts_with("setting n8n.signal_secret is missing"), "{problem}");
}
