//! `kill -9` and faults at every step while clients spend: holds, claims, codes and merges, each repeated until it is answered.
//! Afterwards everything is proved, nothing is lost or doubled, and stock and uses are exact.

mod support;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use loyalty_connector::{
    audit::verify,
    fault::POINTS,
    loyalty::{
        counters,
        entry::{Account, Entry},
    },
    systems::http,
    writer::programmes::LiveProgrammes,
};
use serde_json::{Value, json};
use support::{Binary, Folder, call};
use tokio::sync::watch;

const CLIENTS: u32 = 8;
/// Things that each client does, one after the other.
const SCRIPTS: u32 = 15;
const MEMBERS: u32 = 6;
const GIVEN: i64 = 5000;
/// Pieces of the reward, and uses of the code: fewer than are wanted.
const STOCK: i64 = 7;
const USES: i64 = 5;
const DEATHS: u32 = 4;
const KILLS: u32 = 25;

/// What the clients were told, all in all.
#[derive(Debug, Default, Clone, Copy)]
struct Told {
    captured: i64,
    claims: i64,
    uses: i64,
    merged: i64,
}

/// The service as clients see it: at another address after each death.
#[derive(Clone)]
struct Service {
    url: watch::Receiver<String>,
    key: String,
    answers: Arc<AtomicU32>,
    told: Arc<Mutex<Told>>,
}

impl Service {
    /// One call, repeated over deaths until there is an answer.
    async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let mut url = self.url.clone();
        loop {
            let address = format!("{}{path}", *url.borrow_and_update());
            let request = support::client().request(method.parse().unwrap(), address).bearer_auth(&self.key);
            match http::send(request.body(body.to_string())).await {
                Ok(answer) if answer.status.as_u16() != 503 => {
                    self.answers.fetch_add(1, Ordering::Relaxed);
                    return (answer.status.as_u16(), answer.json().unwrap_or_default());
                }
                Ok(_) => tokio::task::yield_now().await,
                Err(_) => url.changed().await.unwrap(),
            }
        }
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call("POST", path, body).await
    }

    fn note(&self, change: impl FnOnce(&mut Told)) {
        change(&mut self.told.lock().unwrap());
    }

    async fn script(&self, number: u32) {
        let member = json!({"external_id": format!("m-{}", number % MEMBERS)});
        match number % 5 {
            0 | 1 => self.hold(number, &member, number.is_multiple_of(5)).await,
            2 => self.claim(number, &member).await,
            3 => self.code(number, &member).await,
            _ => self.merge(number).await,
        }
    }

    async fn hold(&self, number: u32, member: &Value, captured: bool) {
        let body = json!({"id": format!("h-{number}"), "member": member, "points": 100, "ttl": "1D"});
        let (status, made) = self.post("/v1/holds", body).await;
        assert!(matches!(status, 200 | 201), "{made}");
        let path = format!("/v1/holds/{}", made["id"].as_str().unwrap());
        let (status, ended) = if captured {
            self.post(&format!("{path}/capture"), json!({"points": 60})).await
        } else {
            self.call("DELETE", &path, Value::Null).await
        };
        assert_eq!(status, 200, "{ended}");
        self.note(|told| told.captured += if captured { 60 } else { 0 });
    }

    async fn claim(&self, number: u32, member: &Value) {
        let body = json!({"id": format!("c-{number}"), "member": member});
        let (status, made) = self.post("/v1/rewards/coupon5/claims", body).await;
        if status == 409 {
            assert!(made.to_string().contains("none left"), "{made}");
            return;
        }
        let cancelled = number.is_multiple_of(2);
        if cancelled {
            let path = format!("/v1/claims/{}/cancel", made["id"].as_str().unwrap());
            let (status, ended) = self.post(&path, json!({"note": "no"})).await;
            assert_eq!(status, 200, "{ended}");
        }
        self.note(|told| told.claims += i64::from(!cancelled));
    }

    async fn code(&self, number: u32, member: &Value) {
        let body = json!({"id": format!("u-{number}"), "member": member});
        let (status, used) = self.post("/v1/codes/WELCOME10/redeem", body.clone()).await;
        if status == 409 {
            assert!(used.to_string().contains("as often as it may be"), "{used}");
            return;
        }
        assert_eq!(status, 200, "{used}");
        let released = number.is_multiple_of(2);
        if released {
            let (status, freed) = self.post("/v1/codes/WELCOME10/release", body).await;
            assert_eq!(status, 200, "{freed}");
        }
        self.note(|told| told.uses += i64::from(!released));
    }

    /// A new member with points of its own turns out to be one of the others.
    async fn merge(&self, number: u32) {
        let other = json!({"external_id": format!("x-{number}")});
        let body = json!({"id": format!("g-{number}"), "member": other, "points": 30, "reason": "hello"});
        assert_eq!(self.post("/v1/members", other.clone()).await.0, 200);
        let (status, given) = self.post("/v1/adjustments", body).await;
        assert_eq!(status, 200, "{given}");
        let body = json!({"id": format!("m-{number}"), "from": other, "reason": "one person"});
        let (status, merged) = self.post(&format!("/v1/members/external:m-{}/merge", number % MEMBERS), body).await;
        assert_eq!(status, 200, "{merged}");
        self.note(|told| told.merged += 30);
    }
}

/// Clients at work, and whoever kills and starts the binary under them.
struct Scene {
    folder: Folder,
    key: String,
    service: Service,
    url: watch::Sender<String>,
}

impl Scene {
    /// A reward and a code of which there are few, and members with points.
    async fn set() -> Self {
        let folder = Folder::new();
        let (stock, uses) = (STOCK.to_string(), USES.to_string());
        let cells = [
            ("Rewards", "Stock", stock.as_str()),
            ("Rewards", "Cost", "100"),
            ("Codes", "Uses", &uses),
            ("Codes", "Per member", ""),
            ("Programme", "Second key above", ""),
        ];
        support::write_sample(&folder.0.join("programme"), &cells);
        let binary = Binary::start(&folder.0, &[]);
        let key = Binary::key(&folder.0);
        for member in 0..MEMBERS {
            let body = json!({"id": format!("give-{member}"), "member": {"external_id": format!("m-{member}")},
                              "points": GIVEN, "reason": "test"});
            let joins = Some(json!({"external_id": format!("m-{member}")}));
            assert_eq!(call(&binary.url, &key, "POST", "/v1/members", joins).await.0, 200);
            assert_eq!(call(&binary.url, &key, "POST", "/v1/adjustments", Some(body)).await.0, 200);
        }
        let (url, heard) = watch::channel(binary.url.clone());
        let service = Service { url: heard, key: key.clone(), answers: Arc::default(), told: Arc::default() };
        Self { folder, key, service, url }
    }

    /// Everything all clients have to do.
    async fn clients(&self) {
        let clients = (0..CLIENTS).map(|client| async move {
            for script in 0..SCRIPTS {
                self.service.script(client * SCRIPTS + script).await;
            }
        });
        join_all(clients).await;
    }

    /// The next life of the binary; nothing when it died before it listened.
    fn life(&self, environment: &[(&str, &str)]) -> Option<Binary> {
        let binary = Binary::started(&self.folder.0, "127.0.0.1:0", environment)?;
        self.url.send_replace(binary.url.clone());
        Some(binary)
    }

    /// One life until the binary dies of its fault, or until that many more answers were given and it is killed.
    async fn dies(&self, fault: Option<&str>, answers: u32) {
        let environment: Vec<(&str, &str)> = fault.iter().map(|point| ("LOYALTY_FAULT", *point)).collect();
        let Some(mut binary) = self.life(&environment) else { return };
        let until = self.service.answers.load(Ordering::Relaxed) + answers;
        while binary.child.try_wait().unwrap().is_none() {
            if fault.is_none() && self.service.answers.load(Ordering::Relaxed) >= until {
                binary.kill();
            }
            tokio::time::sleep(Duration::from_millis(2)).await; // the pace of looking
        }
    }

    /// Lets the clients finish in a life without faults, and checks everything.
    async fn ends(&self, clients: impl Future<Output = ()>) {
        let binary = self.life(&[]).expect("it listens");
        clients.await;
        let told = *self.service.told.lock().unwrap();
        let store = support::store(&self.folder.0).await;
        support::ledger::is_delivered(&store).await;
        self.members_have_what_they_were_told(&binary, &told).await;
        let counts = store.counts(
            [counters::stock("coupon5"), counters::code("WELCOME10")].map(|key| ("main".to_owned(), key)).to_vec(),
        );
        let used: Vec<i64> = counts.await.unwrap().into_values().map(|found| found.count.used).collect();
        assert_eq!(used.iter().sum::<i64>(), told.claims + told.uses, "stock and uses are exact: {used:?} {told:?}");
        assert!(told.captured > 0 && told.claims > 0 && told.uses > 0 && told.merged > 0, "{told:?}");
        assert!(told.claims <= STOCK && told.uses <= USES, "{told:?}");
        drop(binary);
        self.proved(&told).await;
    }

    async fn members_have_what_they_were_told(&self, binary: &Binary, told: &Told) {
        let mut available = 0;
        for member in 0..MEMBERS {
            let path = format!("/v1/members/external:m-{member}");
            let view = call(&binary.url, &self.key, "GET", &path, None).await.1;
            assert_eq!(view["balance"]["reserved"], 0, "{view}");
            available += view["balance"]["available"].as_i64().unwrap();
        }
        let left = i64::from(MEMBERS) * GIVEN + told.merged - told.captured - 100 * told.claims;
        assert_eq!(available, left, "{told:?}");
    }

    /// Every event decides again to the same bytes; what left one member came to another, once.
    async fn proved(&self, told: &Told) {
        let store = support::store(&self.folder.0).await;
        let live = LiveProgrammes::load(&store).await.unwrap();
        let (mut moved, mut spent) = (0, 0);
        for (brand, member) in store.streams().await.unwrap() {
            let stream = store.stream(&brand, &member).await.unwrap();
            assert_eq!(verify::stream(&stream, &live.of(&brand).unwrap()), Vec::<String>::new());
            let entries = stream.rows.iter().flat_map(|row| serde_json::from_str::<Vec<Entry>>(&row.entries).unwrap());
            for entry in entries {
                let to = |account| i64::from(entry.credit == account) - i64::from(entry.debit == account);
                moved += to(Account::Moved) * entry.points;
                spent += to(Account::Redeemed) * entry.points;
            }
        }
        assert_eq!((moved, spent), (0, told.captured + 100 * told.claims));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spending_and_merging_survive_a_fault_at_any_step() {
    for point in POINTS {
        let scene = Scene::set().await;
        let clients = scene.clients();
        let dying = async {
            for _ in 0..DEATHS {
                scene.dies(Some(point), 0).await;
            }
        };
        let (clients, ()) = survived(clients, dying).await;
        scene.ends(clients).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spending_and_merging_survive_kills_at_any_moment() {
    let scene = Scene::set().await;
    let clients = scene.clients();
    let dying = async {
        for kill in 0..KILLS {
            scene.dies(None, kill * 7 % 11).await;
        }
    };
    let (clients, ()) = survived(clients, dying).await;
    scene.ends(clients).await;
}

/// Runs the clients while the binary dies again and again; they go on afterwards. There is work left for each death.
async fn survived<'a>(
    clients: impl Future<Output = ()> + 'a,
    dying: impl Future<Output = ()>,
) -> (std::pin::Pin<Box<dyn Future<Output = ()> + 'a>>, ()) {
    let mut clients: std::pin::Pin<Box<dyn Future<Output = ()> + 'a>> = Box::pin(clients);
    tokio::select! {
        () = &mut clients => panic!("the clients were done before the last death: give them more to do"),
        () = dying => (clients, ()),
    }
}
