//! What tests share: a service inside the test process on its own folder and clock, and the real binary on a free port.

#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its part")]

pub mod ledger;
pub mod nocodb;
pub mod postgres;
pub mod signals;
pub mod unomi;

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
};

use jiff::ToSpan;
use loyalty_connector::{
    access::keys,
    audit::verify,
    clock::{Clock, ManualClock},
    config::Settings,
    delivery::{IntentDestination, Outcome},
    http::listener,
    lifecycle::Tasks,
    programme::{
        sample,
        settings_rows::{self, SETTINGS},
    },
    serve,
    service::App,
    store::{Settled, Store},
    systems::http,
    workers::follow::FollowUps,
};
use serde_json::{Value, json};

/// A folder that is removed at the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("loyalty-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A service in this process, on a real port of its own.
pub struct TestApp {
    pub app: Arc<App>,
    pub clock: Arc<ManualClock>,
    pub url: String,
    pub key: String,
    pub folder: Folder,
}

/// The store of a data folder, opened beside whoever else works with it.
pub async fn store(folder: &Path) -> Store {
    let mut settings = Settings::load(None).unwrap();
    settings.server.data = folder.to_owned();
    settings.store.url = postgres::of(folder).map(Into::into);
    loyalty_connector::data_folder::open_store(&settings).await.unwrap()
}

/// The instant tests start at.
pub const NOW: &str = "2026-11-20T12:00:00Z";

/// A fresh service with the sample programme and nothing connected.
pub async fn app() -> TestApp {
    app_with(|_| {}).await
}

/// The same with other settings.
pub async fn app_with(change: impl FnOnce(&mut Settings)) -> TestApp {
    let (folder, settings) = fresh(change);
    let (clock, tasks) = (ManualClock::at(NOW), Tasks::default());
    let app = serve::start(settings, clock.clone(), tasks.clone()).await.unwrap();
    served(app, clock, folder, &tasks).await
}

/// The same, and it delivers nothing: the test takes the turns.
pub async fn still_app_with(change: impl FnOnce(&mut Settings)) -> TestApp {
    let (folder, settings) = fresh(change);
    let (clock, tasks) = (ManualClock::at(NOW), Tasks::default());
    let app = serve::open(settings, clock.clone(), tasks.clone()).await.unwrap();
    served(app, clock, folder, &tasks).await
}

fn fresh(change: impl FnOnce(&mut Settings)) -> (Folder, Settings) {
    let folder = Folder::new();
    let mut settings = Settings::load(None).unwrap();
    settings.server.data.clone_from(&folder.0);
    settings.store.url = postgres::of(&folder.0).map(Into::into);
    change(&mut settings);
    (folder, settings)
}

async fn served(app: Arc<App>, clock: Arc<ManualClock>, folder: Folder, tasks: &Tasks) -> TestApp {
    let (_, key) = keys::create(&app.store, NOW.parse().unwrap(), "shop", "main", &["admin".to_owned()]).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (router, limits) = (serve::router(Arc::clone(&app)), listener::Limits::of(app.settings.limits.connections));
    tasks.spawn("listener", listener::serve(listener, router, limits, tasks.stop.clone()));
    TestApp { app, clock, url, key, folder }
}

/// The same with other cells in the first rows of the sample: `(table, column, text)`.
pub async fn app_with_cells(cells: &[(&str, &str, &str)]) -> TestApp {
    app_with(|settings| write_sample(&settings.server.data.join("programme"), cells)).await
}

/// Writes the sample with other cells in its first rows: `(table, column, text)`; a setting stands in the row of its name.
pub fn write_sample(folder: &Path, cells: &[(&str, &str, &str)]) {
    std::fs::create_dir_all(folder).unwrap();
    for (table, text) in sample::files() {
        let mut rows: Vec<csv::StringRecord> =
            csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect();
        let header = csv::Reader::from_reader(text.as_bytes()).headers().unwrap().clone();
        for (_, setting, value) in cells.iter().filter(|(of, _, _)| table == SETTINGS && *of == "Programme") {
            for row in rows.iter_mut().filter(|row| row[0] == **setting) {
                *row = row.iter().enumerate().map(|(at, cell)| if at == 1 { *value } else { cell }).collect();
            }
        }
        for (_, column, value) in cells.iter().filter(|(wanted, _, _)| *wanted == table) {
            let Some(place) = header.iter().position(|known| known == *column) else {
                assert!(settings_rows::named(column).is_some(), "{table} has no column {column}");
                continue;
            };
            let cells = rows[0].iter().enumerate().map(|(at, cell)| if at == place { *value } else { cell });
            rows[0] = cells.map(str::to_owned).collect();
        }
        let mut file = csv::Writer::from_path(folder.join(format!("{table}.csv"))).unwrap();
        file.write_record(&header).unwrap();
        for row in &rows {
            file.write_record(row).unwrap();
        }
    }
}

impl TestApp {
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        call(&self.url, &self.key, method, path, body).await
    }

    /// Every member's rows lead to what is kept.
    pub async fn verified(&self) {
        for (brand, member) in self.app.store.streams().await.unwrap() {
            let stream = self.app.store.stream(&brand, &member).await.unwrap();
            let programmes = self.app.programmes.of(&brand).unwrap();
            assert_eq!(verify::stream(&stream, &programmes), Vec::<String>::new(), "member {member}");
        }
    }

    /// Carries out what follows from events for their own or other members, until nothing follows any more.
    pub async fn followed(&self) {
        let (store, courier) = (&self.app.store, FollowUps(self.app.writer.clone()));
        loop {
            let now = self.clock.now();
            let leased = store.lease_intents(courier.name(), 100, now, now + 1.minute()).await.unwrap();
            if leased.is_empty() {
                return;
            }
            let mut settled = Vec::new();
            for item in &leased {
                assert_eq!(courier.carry_out(item).await, Outcome::Delivered, "{:?}", item.action);
                settled.push((item.id.clone(), Settled::Delivered));
            }
            store.settle_intents(settled).await.unwrap();
        }
    }

    pub async fn put_order(&self, id: &str, body: Value) -> (u16, Value) {
        self.call("PUT", &format!("/v1/orders/{id}"), Some(body)).await
    }
}

pub async fn call(url: &str, key: &str, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let bytes = body.map(|body| body.to_string().into_bytes());
    raw(url, Some(key), method, path, bytes.unwrap_or_default(), &[]).await
}

/// One request of any shape; the answer's body as JSON (or as a JSON string).
pub async fn raw(
    url: &str,
    key: Option<&str>,
    method: &str,
    path: &str,
    body: Vec<u8>,
    headers: &[(&str, &str)],
) -> (u16, Value) {
    let mut request = client().request(method.parse().unwrap(), format!("{url}{path}")).body(body);
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = http::send(request).await.unwrap();
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    (answer.status.as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// One client a test thread: making one reads the machine's certificates.
pub fn client() -> reqwest::Client {
    thread_local! {
        static CLIENT: reqwest::Client = http::client(std::time::Duration::from_secs(60)).unwrap();
    }
    CLIENT.with(Clone::clone)
}

/// The first purchase of the sample: running shoes for 89.90 EUR.
pub fn purchase(member: &str, revision: u32) -> Value {
    json!({
        "member": {"external_id": member, "email": format!("{member}@example.com"), "name": "Anna", "language": "et"},
        "status": "paid", "revision": revision, "placed_at": "2026-11-20T10:00:00Z", "paid_at": "2026-11-20T10:00:40Z",
        "currency": "EUR", "channel": "web",
        "lines": [{"id": "1", "sku": "RUN-42", "name": "Trail runner", "category": "sport/shoes/running", "quantity": 1,
                   "unit_price": "89.90", "discount": "0.00", "returned": 0}],
        "shipping": "4.90"
    })
}

/// The real binary, serving on a free port.
pub struct Binary {
    pub child: Child,
    pub url: String,
    /// What it logged, line by line.
    log: mpsc::Receiver<String>,
}

impl Binary {
    /// Starts it on `folder` and waits until it says where it listens.
    pub fn start(folder: &Path, environment: &[(&str, &str)]) -> Self {
        Self::start_at(folder, "127.0.0.1:0", environment)
    }

    /// The same at an address that is known before.
    pub fn start_at(folder: &Path, listen: &str, environment: &[(&str, &str)]) -> Self {
        Self::started(folder, listen, environment).expect("the binary ended before it listened")
    }

    /// The same, or nothing when the binary died before it listened.
    pub fn started(folder: &Path, listen: &str, environment: &[(&str, &str)]) -> Option<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loyalty"));
        command.args(["--data", folder.to_str().unwrap(), "serve", "--listen", listen]);
        if let Some(url) = postgres::of(folder) {
            command.env("LOYALTY__STORE__URL", url);
        }
        command.envs(environment.iter().copied()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let url = loop {
            let mut line = String::new();
            if log.read_line(&mut line).unwrap() == 0 {
                child.wait().unwrap();
                return None;
            }
            if let Some(at) = line.find("http://127.0.0.1:") {
                break line[at..].split(['"', '\n']).next().unwrap_or_default().to_owned();
            }
        };
        let (lines, heard) = mpsc::channel();
        std::thread::spawn(move || log.lines().map_while(Result::ok).for_each(|line| drop(lines.send(line))));
        Some(Self { child, url, log: heard })
    }

    /// What it logged since it listened, until a line that holds `word`.
    pub fn log_until(&mut self, word: &str) -> String {
        let mut log = String::new();
        while let Ok(line) = self.log.recv() {
            let found = line.contains(word);
            log = log + &line + "\n";
            if found {
                return log;
            }
        }
        panic!("it ended before it logged {word}:\n{log}");
    }

    /// One that a test started itself.
    pub fn of(child: Child, url: String, log: mpsc::Receiver<String>) -> Self {
        Self { child, url, log }
    }

    /// Asks it to stop.
    pub fn terminate(&self) -> rustix::io::Result<()> {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)
    }

    /// Asks it to stop and waits until it has; whether it ended without an error.
    pub fn stop(mut self) -> bool {
        self.terminate().unwrap();
        self.child.wait().unwrap().success()
    }

    pub fn key(folder: &Path) -> String {
        std::fs::read_to_string(folder.join("admin.key")).unwrap().trim().to_owned()
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        self.kill();
    }
}
