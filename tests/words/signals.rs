//! Signals reach n8n signed, under one id.

use loyalty_connector::{
    clock::Clock,
    delivery::{IntentDestination, IntentItem, Outcome},
    intake::Who,
    loyalty::{Fact, event::Joined, intent::Action, programme::check},
    programme::{Row, sample},
    signature::{Headers, Secret, verify},
    systems::n8n::{NotConnected, Signals},
    values::person::Person,
};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use super::bench::{Bench, pretty};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn signals_of(bench: &Bench) -> Result<Signals, NotConnected> {
    let ledger = (bench.store.clone(), bench.programmes.clone());
    Signals::new(&bench.settings.n8n, ledger, bench.clock.clone())
}

async fn listening(answer: ResponseTemplate) -> (MockServer, Bench, Signals) {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    let mut bench = Bench::new("nobody").await;
    bench.settings.n8n.signal_url = Some(format!("{}/webhook/loyalty-signal", server.uri()));
    bench.settings.n8n.signal_secret = Some(SECRET.into());
    let signals = signals_of(&bench).unwrap();
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
async fn what_a_signal_names_is_named_in_the_members_language() {
    let (server, bench, signals) = listening(ResponseTemplate::new(200)).await;
    let mut tables = sample::tables();
    let cells = [("Table", "Tiers"), ("Row", "silver"), ("Column", "Name"), ("Language", "et"), ("Text", "Hõbe")];
    let cells = cells.into_iter().chain([("Active", "yes")]);
    let row = Row::of("1".to_owned(), cells.map(|(column, text)| (column.to_owned(), text.to_owned())));
    tables.0.insert("Translations".to_owned(), vec![row]);
    let programme = check(&tables).unwrap();
    bench.later(1);
    bench.programmes.publish(&bench.store, "main", &tables, programme, bench.clock.now()).await.unwrap();
    let person = |language: &str| Person { language: Some(language.to_owned()), ..Person::default() };
    for (language, name) in [("et", "Hõbe"), ("ru", "Silver")] {
        let who = Who {
            identities: vec![("external_id", format!("c-{language}"))],
            facts: person(language),
            ..Who::default()
        };
        let member = bench
            .accept(
                "test",
                language,
                Fact::Joined(Joined { language: Some(language.to_owned()), ..Joined::default() }),
                who,
            )
            .await;
        let data = json!({"member_id": member, "tier": "silver", "name": "Silver"});
        let item = IntentItem {
            id: format!("sig-{language}"),
            brand: "main".to_owned(),
            member,
            action: Action::Signal { name: "challenge.done".to_owned(), data },
            valid_until: bench.clock.now(),
            attempt: 1,
        };
        assert_eq!(signals.carry_out(&item).await, Outcome::Delivered);
        let requests = server.received_requests().await.unwrap();
        let body: Value = serde_json::from_slice(&requests.last().unwrap().body).unwrap();
        assert_eq!((&body["data"]["name"], &body["data"]["tier"]), (&json!(name), &json!("silver")));
    }
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
    let signals = signals_of(&bench).unwrap();
    bench.purchase(None).await;
    assert_eq!(bench.turn(&signals).await, 1);
    let counts = bench.store.delivery_counts("main").await.unwrap();
    assert_eq!(counts, [("signal".to_owned(), "done".to_owned(), 1)]);
}

#[tokio::test]
async fn a_listener_without_a_secret_is_a_wrong_setting() {
    let mut bench = Bench::new("nobody").await;
    bench.settings.n8n.signal_url = Some("http://127.0.0.1:1/".to_owned());
    let problem = signals_of(&bench).err().unwrap().to_string();
    assert!(problem.starts_with("setting n8n.signal_secret is missing"), "{problem}");
}
