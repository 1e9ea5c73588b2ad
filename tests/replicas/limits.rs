//! Limits that many share or one member has, under 64 calls at once through two real binaries over one PostgreSQL: what is given is
//! the limit exactly, and the whole ledger verifies.

use std::{collections::BTreeMap, process::Command};

use futures_util::future::join_all;
use loyalty_connector::loyalty::entry::Entry;
use serde_json::{Value, json};

use crate::{
    CLIENTS,
    support::{self, Binary, Folder, call, ledger, postgres, purchase},
};

const BUDGET: i64 = 1000;
const CAP: i64 = 300;
const WINNERS: i64 = 10;
const STOCK: usize = 5;

const RULES: &str =
    "Rule,Points,Per amount,Cap per member,Cap period,Budget\nshared,1,1.00,,,1000\ncapped,1,1.00,300,lifetime,\n";
const CELLS: [(&str, &str, &str); 7] = [
    ("Programme", "Second key above", ""),
    ("Challenges", "Active", "yes"),
    ("Challenges", "Goal", "1"),
    ("Challenges", "Most winners", "10"),
    ("Challenges", "Counts from", "start"),
    ("Rewards", "Cost", "50"),
    ("Rewards", "Stock", "5"),
];

/// Two binaries and their one database.
struct Two {
    binaries: [Binary; 2],
    folders: [Folder; 2],
    url: String,
    key: String,
}

impl Two {
    fn start() -> Option<Self> {
        let url = postgres::database("limits of two binaries")?;
        let folders = [Folder::new(), Folder::new()];
        for folder in &folders {
            postgres::give(&folder.0, &url);
            let programme = folder.0.join("programme");
            support::write_sample(&programme, &CELLS);
            std::fs::write(programme.join("Rules.csv"), RULES).unwrap();
        }
        let binaries = [0, 1].map(|at: usize| Binary::start(&folders[at].0, &[]));
        let key = Binary::key(&folders[0].0);
        Some(Self { binaries, folders, url, key })
    }

    /// All at once, each at another binary than its neighbour; how many got each status.
    async fn race(&self, method: &str, request: impl Fn(usize) -> (String, Value)) -> BTreeMap<u16, usize> {
        let all = (0..CLIENTS).map(|client| {
            let (path, body) = request(client);
            async move { call(&self.binaries[client % 2].url, &self.key, method, &path, Some(body)).await.0 }
        });
        let mut counts = BTreeMap::new();
        for status in join_all(all).await {
            *counts.entry(status).or_default() += 1;
        }
        counts
    }

    /// Points of entries by rule, of everybody or of one member.
    async fn given(&self, of: impl Fn(&Entry) -> bool) -> i64 {
        let store = support::store(&self.folders[0].0).await;
        let entries = ledger::entries(&store).await;
        entries.values().flatten().filter(|entry| of(entry)).map(|entry| entry.points).sum()
    }

    fn is_verified(&self) {
        let mut verify = Command::new(env!("CARGO_BIN_EXE_loyalty"));
        verify.args(["--data", self.folders[1].0.to_str().unwrap(), "verify"]).env("LOYALTY__STORE__URL", &self.url);
        let said = verify.output().unwrap();
        assert!(
            said.status.success(),
            "{}{}",
            String::from_utf8_lossy(&said.stdout),
            String::from_utf8_lossy(&said.stderr)
        );
    }
}

fn is_of(rule: &'static str) -> impl Fn(&Entry) -> bool {
    move |entry| entry.rule.as_deref() == Some(rule)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_at_once_through_two_binaries_each_limit_is_reached_and_never_passed() {
    let Some(two) = Two::start() else { return };
    let orders =
        two.race("PUT", |client| (format!("/v1/orders/n-{client}"), purchase(&format!("c-{client}"), 1))).await;
    assert_eq!(orders, BTreeMap::from([(200, CLIENTS)]), "no order is refused for a limit");
    assert_eq!(two.given(is_of("shared")).await, BUDGET, "89 points are wanted for each of 64");
    let won = |entry: &Entry| entry.rule.as_deref().is_some_and(|rule| rule.contains("shoe-card"));
    assert_eq!(two.given(won).await, WINNERS * 250, "each of 64 has reached the goal");

    let orders = two.race("PUT", |client| (format!("/v1/orders/m-{client}"), purchase("c-many", 1))).await;
    assert_eq!(orders, BTreeMap::from([(200, CLIENTS)]));
    let of_many =
        |entry: &Entry| is_of("capped")(entry) && entry.order.as_deref().is_some_and(|order| order.starts_with("m-"));
    assert_eq!(two.given(of_many).await, CAP, "89 points are wanted for each of the member's 64 orders");

    let claim = |client| json!({"id": format!("claim-{client}"), "member": {"external_id": format!("c-{client}")}});
    let claims = two.race("POST", |client| ("/v1/rewards/coupon5/claims".to_owned(), claim(client))).await;
    assert_eq!(claims, BTreeMap::from([(201, STOCK), (409, CLIENTS - STOCK)]));

    let (_, issued) =
        call(&two.binaries[1].url, &two.key, "POST", "/v1/codes", Some(json!({"offer": "five", "count": 1}))).await;
    let path = format!("/v1/codes/{}/redeem", issued["codes"][0].as_str().unwrap());
    let used = |client| json!({"id": format!("t-{client}"), "member": {"external_id": format!("c-{client}")}});
    let codes = two.race("POST", |client| (path.clone(), used(client))).await;
    assert_eq!(codes, BTreeMap::from([(200, 1), (409, CLIENTS - 1)]));
    two.is_verified();
}
