//! `kill -9` and faults at every step, with the real binary: every acknowledged order is there, none twice, all of it
//! proved; and every entry exactly once at the receivers, which go on while the connector dies.

mod support;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use loyalty_connector::{audit::verify, fault::POINTS, writer::programmes::LiveProgrammes};
use serde_json::Value;
use support::{
    Binary, Folder, call, ledger,
    nocodb::{self, StandIn},
    purchase, raw,
    signals::{self, Listener},
};
use tokio::sync::Notify;
use wiremock::MockServer;

const KILLS: u32 = 50;
const CLIENTS: u32 = 8;
const MEMBERS: u32 = 20;

/// How often the binary dies at one point: deliveries race for it, so that feeds, texts and signals each meet it.
const DEATHS: u32 = 4;

/// Orders that were acknowledged, with the points they were said to earn.
type Acknowledged = Arc<Mutex<BTreeMap<String, i64>>>;

/// How many were acknowledged in this round, and the bell for whoever counts.
type Progress = (Arc<AtomicU32>, Arc<Notify>);

/// The systems that the binary delivers to; they outlive it.
struct Receivers {
    nocodb: (MockServer, StandIn),
    signals: (MockServer, Listener),
}

impl Receivers {
    async fn start() -> Self {
        Self { nocodb: nocodb::start().await, signals: signals::start().await }
    }

    /// Starts the binary connected to them.
    fn binary(&self, folder: &Folder, environment: &[(&str, &str)]) -> Binary {
        self.started(folder, environment).expect("it listens")
    }

    /// The same, or nothing when it died over what was due from its last life.
    fn started(&self, folder: &Folder, environment: &[(&str, &str)]) -> Option<Binary> {
        let (nocodb, signals) = (self.nocodb.0.uri(), self.signals.0.uri());
        let mut all = vec![
            ("LOYALTY__NOCODB__URL", nocodb.as_str()),
            ("LOYALTY__NOCODB__TOKEN", "token"),
            ("LOYALTY__N8N__SIGNAL_URL", signals.as_str()),
            ("LOYALTY__N8N__SIGNAL_SECRET", signals::SECRET),
        ];
        all.extend(environment);
        Binary::started(&folder.0, "127.0.0.1:0", &all)
    }

    /// Each entry and each member once, one signal and one message for each order, nothing left for a person.
    async fn have_everything_once(&self, folder: &Folder, orders: usize) {
        let store = support::store(&folder.0).await;
        ledger::is_delivered(&store).await;
        ledger::is_shown_once(&store, &self.nocodb.1).await;
        assert_eq!(self.signals.1.named("points.earned"), orders, "signals");
        assert_eq!(store.messages("main", 10_000).await.unwrap().len(), orders, "thank-yous");
    }
}

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
        .put(format!("{url}/v1/orders/n-{order}"))
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
        let (status, kept) = call(url, key, "GET", &format!("/v1/orders/n-{order}"), None).await;
        assert_eq!((status, kept["points"].as_i64()), (200, Some(*points)), "order {order}");
    }
}

/// Every event decides again to the same bytes, every sum agrees.
async fn proved(folder: &Folder) -> usize {
    let store = support::store(&folder.0).await;
    let live = LiveProgrammes::load(&store).await.unwrap();
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
    let (folder, receivers) = (Folder::new(), Receivers::start().await);
    let (number, acknowledged) = (Arc::new(AtomicU32::new(0)), Acknowledged::default());
    for round in 0..KILLS {
        let mut binary = receivers.binary(&folder, &[]);
        let key = Binary::key(&folder.0);
        // A different moment each time: right after the start, in the middle of a batch, after some hundred.
        load_and_kill(&mut binary, &key, &number, &acknowledged, round * 37 % 53).await;
    }
    let binary = receivers.binary(&folder, &[]);
    let key = Binary::key(&folder.0);
    all_acknowledged_are_there(&binary.url, &key, &acknowledged).await;
    let kept = proved(&folder).await;
    receivers.have_everything_once(&folder, kept).await;
    let known = acknowledged.lock().unwrap().len();
    assert!(known > 500, "{known} acknowledged orders were killed over");
    assert!(kept >= known && kept <= number.load(Ordering::Relaxed) as usize);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_at_any_step_loses_and_doubles_nothing() {
    for point in POINTS {
        let (folder, receivers) = (Folder::new(), Receivers::start().await);
        drop(receivers.binary(&folder, &[])); // the first start makes the key
        let key = Binary::key(&folder.0);
        let (number, acknowledged) = (Arc::new(AtomicU32::new(0)), Acknowledged::default());
        for _ in 0..DEATHS {
            let Some(mut binary) = receivers.started(&folder, &[("LOYALTY_FAULT", point)]) else { continue };
            let (number, acknowledged) = (Arc::clone(&number), Arc::clone(&acknowledged));
            client(binary.url.clone(), key.clone(), number, acknowledged, Progress::default()).await; // until it is gone
            assert!(!binary.child.wait().unwrap().success(), "it died at `{point}`");
        }
        let binary = receivers.binary(&folder, &[]);
        all_acknowledged_are_there(&binary.url, &key, &acknowledged).await;
        for order in 0..number.load(Ordering::Relaxed) {
            let again = try_put(&binary.url, &key, order, &format!("c-{}", order % MEMBERS)).await;
            let (status, receipt) = again.unwrap();
            let earned = receipt["points"]["earned"].as_i64();
            assert_eq!((status, earned), (200, Some(278)), "`{point}`: order {order} is sent again");
        }
        let kept = proved(&folder).await;
        assert_eq!(kept, number.load(Ordering::Relaxed) as usize);
        receivers.have_everything_once(&folder, kept).await;
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
        ("LOYALTY__NOCODB__URL", "localhost:8080", "nocodb.url"),
        ("LOYALTY__SERVER__LISTEN", "foo", "server.listen"),
        ("LOYALTY__BREVO__API_KEY_FILE", "missing.file", "brevo.api_key_file"),
    ] {
        let (fine, said) = run(name, value);
        assert!(!fine && said.contains(expected), "{name}={value}: {said}");
    }
}

#[test]
fn all_of_it_holds_on_postgresql_too() {
    support::postgres::proves_the_same();
}
