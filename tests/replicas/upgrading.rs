//! A rolling upgrade: two real binaries over one PostgreSQL, of which the newer one publishes what the older one cannot read. The older
//! one says that it is not ready and decides nothing by rules that it does not know; orders go on through the newer one.

use std::{
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use futures_util::future::join_all;
use loyalty_connector::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::{
    prove,
    support::{self, Binary, Folder, call, ledger, postgres, purchase},
};

/// What the older one does not know: a column of Rules that came with the newer one.
const COLUMN: &str = "Channels";
const OLDER: [(&str, &str); 1] = [("LOYALTY_FAULT_OLDER", COLUMN)];

const CLIENTS: usize = 16;
/// Orders that are taken before the newer one publishes, after it did, and after both are the newer one.
const EACH: u32 = 60;

/// Points of an order under the first version, and under the one that the newer one publishes.
const BEFORE: i64 = 278;
const AFTER: i64 = 285;

struct Two {
    url: String,
    folders: [Folder; 2],
    /// The older one, and the newer one.
    urls: Mutex<[String; 2]>,
    key: String,
    next: AtomicU32,
    taken: AtomicU32,
    /// The version of the newer one is live.
    published: AtomicBool,
    /// Who could not take an order just then, and why not.
    refused: Mutex<Vec<(usize, String)>>,
}

impl Two {
    fn of(&self, which: usize) -> String {
        self.urls.lock().unwrap()[which].clone()
    }

    /// An order placed just now, sent to one and the other until somebody takes it. Who took it, and what it earned.
    async fn buys(&self, client: usize) -> (usize, i64) {
        let order = self.next.fetch_add(1, Ordering::Relaxed);
        let after = self.published.load(Ordering::Relaxed);
        let mut body = purchase(&format!("c-{order}"), 1);
        (body["placed_at"], body["paid_at"]) = (json!(SystemClock.now()), json!(SystemClock.now()));
        let path = format!("/v1/orders/n-{order}");
        let mut at = client;
        loop {
            let which = at % 2;
            at += 1;
            let (status, answer) = call(&self.of(which), &self.key, "PUT", &path, Some(body.clone())).await;
            if status != 200 {
                assert_eq!(status, 503, "no order is refused: {answer}");
                self.refused.lock().unwrap().push((which, answer["detail"].to_string()));
                continue;
            }
            self.taken.fetch_add(1, Ordering::Relaxed);
            assert!(!after || answer["programme"] == "v2", "decided by another version: {answer}");
            // One that came too late to be told of its commit is told by whoever is asked next.
            let by = if answer["duplicate"] == true { at % 2 } else { which };
            return (by, answer["points"]["earned"].as_i64().unwrap());
        }
    }

    /// How often each one refused, since this was asked last, because it is older than the version in force.
    fn stepped_aside(&self) -> [usize; 2] {
        let refused = std::mem::take(&mut *self.refused.lock().unwrap());
        let is_older = |detail: &String| detail.contains("a newer connector published the programme");
        [0, 1].map(|which| refused.iter().filter(|(by, detail)| *by == which && is_older(detail)).count())
    }

    /// Orders go on until so many are taken.
    async fn sells(&self, until: u32) -> Vec<(usize, i64)> {
        let all = join_all((0..CLIENTS).map(|client| async move {
            let mut taken = Vec::new();
            while self.taken.load(Ordering::Relaxed) < until {
                taken.push(self.buys(client).await);
            }
            taken
        }));
        all.await.into_iter().flatten().collect()
    }

    /// The newer one publishes a rule with a column that the older one does not know.
    async fn publishes(&self) {
        let newer = self.of(1);
        let mut tables = call(&newer, &self.key, "GET", "/v1/programme", None).await.1["tables"].clone();
        let rule = json!({"Rule": "upgraded", "Name": "Seven", "Points": "7", COLUMN: "web", "Active": "yes"});
        tables["Rules"].as_array_mut().unwrap().push(rule);
        let draft = json!({ "tables": tables });
        let (_, said) = call(&newer, &self.key, "POST", "/v1/programme/check", Some(draft)).await;
        let body = json!({"tables": tables, "fingerprint": said["fingerprint"], "live": said["live"]});
        let (status, said) = call(&newer, &self.key, "POST", "/v1/programme/publish", Some(body)).await;
        assert_eq!((status, &said["version"]), (200, &json!("v2")), "{said}");
        self.published.store(true, Ordering::Relaxed);
    }

    async fn ready(&self, which: usize) -> (u16, Value) {
        support::raw(&self.of(which), None, "GET", "/health/ready", Vec::new(), &[]).await
    }

    fn is_verified(&self) {
        let mut verify = Command::new(env!("CARGO_BIN_EXE_loyalty"));
        verify.args(["--data", self.folders[0].0.to_str().unwrap(), "verify"]).env("LOYALTY__STORE__URL", &self.url);
        let said = verify.output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_rolling_upgrade_the_older_one_steps_aside_and_every_order_is_decided_by_the_version_in_force() {
    let Some(url) = postgres::database("rolling upgrade") else { return };
    let folders = [Folder::new(), Folder::new()];
    for folder in &folders {
        postgres::give(&folder.0, &url);
    }
    let older = Binary::start(&folders[0].0, &OLDER);
    let newer = Binary::start(&folders[1].0, &[]);
    let key = Binary::key(&folders[0].0);
    let urls = Mutex::new([older.url.clone(), newer.url.clone()]);
    let (next, taken, published, refused) =
        (AtomicU32::new(0), AtomicU32::new(0), AtomicBool::new(false), Mutex::default());
    let two = Two { url, folders, urls, key, next, taken, published, refused };

    let before = two.sells(EACH).await;
    assert!([0, 1].iter().all(|which| before.iter().any(|(taken_by, _)| taken_by == which)), "both take orders");
    assert!(before.iter().all(|(_, earned)| *earned == BEFORE) && two.stepped_aside() == [0, 0]);
    assert_eq!((two.ready(0).await.0, two.ready(1).await.0), (200, 200));

    let (amid, ()) = tokio::join!(two.sells(2 * EACH), two.publishes());
    assert!(amid.iter().all(|(_, earned)| [BEFORE, AFTER].contains(earned)), "{amid:?}");
    let after = two.sells(3 * EACH).await;
    assert!(after.iter().all(|taken| *taken == (1, AFTER)), "by the newer one and its version: {after:?}");
    let [by_older, by_newer] = two.stepped_aside();
    assert!(by_older > 0 && by_newer == 0, "{by_older}, {by_newer}");
    let (status, said) = two.ready(0).await;
    let why = said["detail"].as_str().unwrap_or_default();
    assert!(status == 503 && why.contains("programme v2 of main") && why.contains(COLUMN), "{status} {said}");
    assert_eq!(two.ready(1).await.0, 200);

    assert!(older.stop(), "it ends as asked to");
    let upgraded = Binary::start(&two.folders[0].0, &[]);
    two.urls.lock().unwrap()[0].clone_from(&upgraded.url);
    assert_eq!(two.ready(0).await.0, 200);
    let upgraded = two.sells(4 * EACH).await;
    assert!([0, 1].iter().all(|which| upgraded.iter().any(|(taken_by, _)| taken_by == which)), "both take orders");
    assert!(upgraded.iter().all(|(_, earned)| *earned == AFTER) && two.stepped_aside() == [0, 0]);

    let told: i64 = before.iter().chain(&amid).chain(&after).chain(&upgraded).map(|(_, earned)| *earned).sum();
    let store = support::store(&two.folders[0].0).await;
    let entries = ledger::entries(&store).await;
    assert_eq!(
        entries.values().flatten().map(|entry| entry.points).sum::<i64>(),
        told,
        "what was told is what there is"
    );
    assert_eq!(entries.len(), usize::try_from(two.next.load(Ordering::Relaxed)).unwrap(), "each order counts once");
    prove(&store).await;
    two.is_verified();
}
