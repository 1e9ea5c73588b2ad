//! `kill -9` and faults at every step, with the real binary: every acknowledged order is there, none twice, all of it proved.

mod support;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use loyalty_connector::{
    fault::POINTS,
    store::{Store, programmes::LiveProgrammes},
    verify,
};
use serde_json::Value;
use support::{Binary, Folder, call, purchase, raw};
use tokio::sync::Notify;

const KILLS: u32 = 50;
const CLIENTS: u32 = 8;
const MEMBERS: u32 = 5;

/// Orders that were acknowledged, with the points they were said to earn.
type Acknowledged = Arc<Mutex<BTreeMap<String, i64>>>;

/// How many were acknowledged in this round, and the bell for whoever counts.
type Progress = (Arc<AtomicU32>, Arc<Notify>);

/// Sends orders until the service is gone; each is sent twice now and then.
async fn client(url: String, key: String, number: Arc<AtomicU32>, acknowledged: Acknowledged, (done, heard): Progress) {
    loop {
        let order = number.fetch_add(1, Ordering::Relaxed);
        let member = format!("c-{}", order % MEMBERS);
        for _ in 0..=u32::from(order.is_multiple_of(3)) {
            let Some((200, receipt)) = try_put(&url, &key, order, &member).await else { return };
            let points = receipt["points"]["earned"].as_i64().unwrap();
            let known = acknowledged.lock().unwrap().insert(order.to_string(), points);
            assert!(known.is_none_or(|known| known == points), "a repeat is answered the same");
            done.fetch_add(1, Ordering::Relaxed);
            heard.notify_one();
        }
    }
}

async fn try_put(url: &str, key: &str, order: u32, member: &str) -> Option<(u16, Value)> {
    let request = support::client()
        .put(format!("{url}/v1/orders/{order}"))
        .bearer_auth(key)
        .body(purchase(member, 1).to_string());
    let answer = loyalty_connector::systems::http::send(request).await.ok()?;
    Some((answer.status.as_u16(), answer.json().ok()?))
}

/// Loads the service until `acks` more orders were acknowledged, then kills it.
async fn load_and_kill(
    binary: &mut Binary,
    key: &str,
    number: &Arc<AtomicU32>,
    acknowledged: &Acknowledged,
    acks: u32,
) {
    let (done, heard) = (Arc::new(AtomicU32::new(0)), Arc::new(Notify::new()));
    let clients = (0..CLIENTS).map(|_| {
        let (number, acknowledged, done) = (Arc::clone(number), Arc::clone(acknowledged), Arc::clone(&done));
        client(binary.url.clone(), key.to_owned(), number, acknowledged, (done, Arc::clone(&heard)))
    });
    let clients = futures_util::future::join_all(clients);
    let killer = async {
        while done.load(Ordering::Relaxed) < acks {
            heard.notified().await;
        }
        binary.kill();
    };
    tokio::join!(clients, killer);
}

async fn all_acknowledged_are_there(url: &str, key: &str, acknowledged: &Acknowledged) {
    let acknowledged = acknowledged.lock().unwrap().clone();
    for (order, points) in &acknowledged {
        let (status, kept) = call(url, key, "GET", &format!("/v1/orders/{order}"), None).await;
        assert_eq!((status, kept["points"].as_i64()), (200, Some(*points)), "order {order}");
    }
}

/// Every event decides again to the same bytes, every sum agrees.
async fn proved(folder: &Folder) -> usize {
    let store = Store::open(&folder.0).unwrap();
    let live = LiveProgrammes::default();
    store.load_programmes(&live).await.unwrap();
    let mut orders = 0;
    for (brand, member) in store.streams().await.unwrap() {
        let stream = store.stream(&brand, &member).await.unwrap();
        assert_eq!(verify::stream(&stream, &live.of(&brand).unwrap()), Vec::<String>::new());
        orders += stream.orders.len();
    }
    orders
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_fifty_kills() {
    let folder = Folder::new();
    let (number, acknowledged) = (Arc::new(AtomicU32::new(0)), Acknowledged::default());
    for round in 0..KILLS {
        let mut binary = Binary::start(&folder.0, &[]);
        let key = Binary::key(&folder.0);
        // A different moment each time: right after the start, in the middle of a batch, after some hundred.
        load_and_kill(&mut binary, &key, &number, &acknowledged, round * 37 % 97).await;
    }
    let binary = Binary::start(&folder.0, &[]);
    let key = Binary::key(&folder.0);
    all_acknowledged_are_there(&binary.url, &key, &acknowledged).await;
    let kept = proved(&folder).await;
    let known = acknowledged.lock().unwrap().len();
    assert!(known > 500, "{known} acknowledged orders were killed over");
    assert!(kept >= known && kept <= number.load(Ordering::Relaxed) as usize);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_at_any_step_loses_and_doubles_nothing() {
    for point in POINTS {
        let folder = Folder::new();
        drop(Binary::start(&folder.0, &[])); // the first start makes the key
        let key = Binary::key(&folder.0);
        let (number, acknowledged) = (Arc::new(AtomicU32::new(0)), Acknowledged::default());
        let mut binary = Binary::start(&folder.0, &[("LOYALTY_FAULT", point)]);
        let sending = client(binary.url.clone(), key.clone(), number, Arc::clone(&acknowledged), Progress::default());
        sending.await; // returns when the service is gone
        assert!(!binary.child.wait().unwrap().success(), "it died at `{point}`");
        let binary = Binary::start(&folder.0, &[]);
        all_acknowledged_are_there(&binary.url, &key, &acknowledged).await;
        let (status, receipt) = call(&binary.url, &key, "PUT", "/v1/orders/0", Some(purchase("c-0", 1))).await;
        assert_eq!(
            (status, receipt["points"]["earned"].as_i64()),
            (200, Some(278)),
            "`{point}`: the order is sent again"
        );
        proved(&folder).await;
    }
}

#[tokio::test]
async fn one_data_folder_has_one_connector_and_a_busy_port_says_so() {
    let folder = Folder::new();
    let first = Binary::start(&folder.0, &[]);
    let second = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_loyalty")).args(arguments).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let said = second(&["--data", folder.0.to_str().unwrap(), "serve", "--listen", "127.0.0.1:0"]);
    assert!(said.contains("--data") && said.contains("in use by another connector"), "{said}");
    let other = Folder::new();
    let address = first.url.trim_start_matches("http://");
    let said = second(&["--data", other.0.to_str().unwrap(), "serve", "--listen", address]);
    assert!(said.contains("--listen") && said.contains("port"), "{said}");
    let (status, _) = raw(&first.url, None, "GET", "/health/ready", Vec::new(), &[]).await;
    assert_eq!(status, 200, "the first one goes on");
}

#[test]
fn a_wrong_setting_names_itself() {
    let run = |name: &str, value: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_loyalty"));
        let output = command.args(["keys", "list"]).env(name, value).output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    for (name, value, expected) in [
        ("LOYALTY__NOCODB__TIMEOUT_MS", "soon", "nocodb.timeout_ms"),
        ("LOYALTY__NOCODB__COLOUR", "red", "colour"),
        ("LOYALTY__SERVER__LOG_FORMAT", "xml", "server.log_format"),
        ("LOYALTY__NOCODB__TOKEN_FILE", "missing.file", "nocodb.token_file"),
    ] {
        let (fine, said) = run(name, value);
        assert!(!fine && said.contains(expected), "{name}={value}: {said}");
    }
}
