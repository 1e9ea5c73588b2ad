//! Races for the last of something, by 64 clients at once: at one connector on SQLite, and at two that share a PostgreSQL.
//! And two real binaries over one PostgreSQL, killed in turn. Says so where there is no PostgreSQL to start.

#[path = "../support/mod.rs"]
mod support;

mod database;
mod failover;
mod limits;
mod upgrading;

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use futures_util::future::join_all;
use loyalty_connector::{
    audit::verify, loyalty::programme::check, programme::sample, store::published::NewVersion,
    writer::programmes::LiveProgrammes,
};
use serde_json::{Value, json};
use support::{Binary, Folder, TestApp, ledger, nocodb, postgres, purchase, signals};
use tokio::sync::Notify;

const CLIENTS: usize = 64;

/// Connectors that serve the same members.
struct Ring(Vec<TestApp>);

impl Ring {
    /// One connector on SQLite; and two on PostgreSQL, where the machine has it.
    async fn both(test: &str, cells: &[(&str, &str, &str)]) -> Vec<Self> {
        let mut rings = Vec::new();
        if std::env::var_os("LOYALTY_TEST_STORE").is_none() {
            rings.push(Self(vec![support::app_with_cells(cells).await]));
        }
        if let Some(url) = postgres::database(test) {
            let mut shared = Vec::new();
            for _ in 0..2 {
                let app = support::app_with(|settings| {
                    postgres::give(&settings.server.data, &url);
                    settings.store.url = Some(url.clone().into());
                    support::write_sample(&settings.server.data.join("programme"), cells);
                });
                shared.push(app.await);
            }
            rings.push(Self(shared));
        }
        rings
    }

    async fn call(&self, client: usize, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.0[client % self.0.len()].call(method, path, Some(body)).await
    }

    async fn give(&self, member: &str, points: i64) {
        let body = json!({"id": format!("give-{member}"), "member": {"external_id": member}, "points": points, "reason": "test"});
        assert_eq!(self.call(0, "POST", "/v1/members", json!({"external_id": member})).await.0, 200);
        assert_eq!(self.call(0, "POST", "/v1/adjustments", body).await.0, 200);
    }

    /// All at once, each client at another connector than its neighbour; how many got each status.
    async fn race(&self, method: &str, request: impl Fn(usize) -> (String, Value)) -> BTreeMap<u16, usize> {
        let all = (0..CLIENTS).map(|client| {
            let (path, body) = request(client);
            async move { self.call(client, method, &path, body).await.0 }
        });
        let mut counts = BTreeMap::new();
        for status in join_all(all).await {
            *counts.entry(status).or_default() += 1;
        }
        counts
    }

    /// Everything that was recorded decides the same again.
    async fn is_proved(&self) {
        for app in &self.0 {
            prove(&app.app.store).await;
        }
    }
}

async fn prove(store: &loyalty_connector::store::Store) {
    let live = LiveProgrammes::load(store).await.unwrap();
    for (brand, member) in store.streams().await.unwrap() {
        let stream = store.stream(&brand, &member).await.unwrap();
        assert_eq!(verify::stream(&stream, &live.of(&brand).unwrap()), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_who_want_one_members_last_points_one_gets_them() {
    for ring in Ring::both("last points", &[]).await {
        ring.give("c-1", 300).await;
        let hold = |client| json!({"id": format!("till-{client}"), "member": {"external_id": "c-1"}, "points": 300});
        let statuses = ring.race("POST", |client| ("/v1/holds".to_owned(), hold(client))).await;
        assert_eq!(statuses, BTreeMap::from([(201, 1), (409, CLIENTS - 1)]));
        ring.is_proved().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_who_want_the_last_piece_of_a_reward_one_gets_it() {
    for ring in Ring::both("last piece", &[("Rewards", "Stock", "1"), ("Programme", "Second key above", "")]).await {
        for member in 0..CLIENTS {
            ring.give(&format!("c-{member}"), 400).await;
        }
        let claim = |client| json!({"id": format!("claim-{client}"), "member": {"external_id": format!("c-{client}")}});
        let statuses = ring.race("POST", |client| ("/v1/rewards/coupon5/claims".to_owned(), claim(client))).await;
        assert_eq!(statuses, BTreeMap::from([(201, 1), (409, CLIENTS - 1)]));
        ring.is_proved().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_who_use_a_code_for_the_last_time_one_does() {
    for ring in Ring::both("last use", &[]).await {
        let (_, issued) = ring.call(0, "POST", "/v1/codes", json!({"offer": "five", "count": 1})).await;
        let path = format!("/v1/codes/{}/redeem", issued["codes"][0].as_str().unwrap());
        let used = |client| json!({"id": format!("t-{client}"), "member": {"external_id": format!("c-{client}")}});
        let statuses = ring.race("POST", |client| (path.clone(), used(client))).await;
        assert_eq!(statuses, BTreeMap::from([(200, 1), (409, CLIENTS - 1)]));
        ring.is_proved().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_who_earn_from_a_budgets_last_point_one_gets_it() {
    for ring in Ring::both("last point of a budget", &[("Rules", "Budget", "90")]).await {
        assert_eq!(ring.call(0, "PUT", "/v1/orders/first", purchase("c-first", 1)).await.0, 200);
        let order = |client| (format!("/v1/orders/n-{client}"), purchase(&format!("c-{client}"), 1));
        assert_eq!(ring.race("PUT", order).await, BTreeMap::from([(200, CLIENTS)]), "an order is never refused for it");
        let entries = ledger::entries(&ring.0[0].app.store).await;
        let of_base = entries.values().flatten().filter(|entry| entry.rule.as_deref() == Some("base"));
        let mut given: Vec<i64> = of_base.map(|entry| entry.points).collect();
        given.sort_unstable();
        assert_eq!(given, [1, 89], "89 points went before, one was left");
        ring.is_proved().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_newcomer_told_of_by_64_at_once_is_one_member() {
    for ring in Ring::both("one newcomer", &[]).await {
        let order = |client| (format!("/v1/orders/n-{client}"), purchase("c-new", 1));
        assert_eq!(ring.race("PUT", order).await, BTreeMap::from([(200, CLIENTS)]));
        let (_, member) = ring.call(0, "GET", "/v1/members/external:c-new", Value::Null).await;
        let points = 178 * i64::try_from(CLIENTS).unwrap() + 100;
        assert_eq!(member["balance"]["available"], points, "the first purchase is the first once: {member}");
        ring.is_proved().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_event_told_to_all_at_once_counts_once() {
    for ring in Ring::both("one event", &[]).await {
        let statuses = ring.race("PUT", |_| ("/v1/orders/1001".to_owned(), purchase("c-1", 1))).await;
        assert_eq!(statuses, BTreeMap::from([(200, CLIENTS)]));
        let (_, member) = ring.call(1, "GET", "/v1/members/external:c-1", Value::Null).await;
        assert_eq!(member["balance"]["available"], 278, "{member}");
        ring.is_proved().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_connector_publishes_the_other_decides_by() {
    let Some(url) = postgres::database("publishing") else { return };
    let share = |settings: &mut loyalty_connector::config::Settings| {
        postgres::give(&settings.server.data, &url);
        settings.store.url = Some(url.clone().into());
    };
    let (one, other) = (support::app_with(share).await, support::app_with(share).await);
    let mut tables = sample::tables();
    let base = tables.0.get_mut("Rules").unwrap().iter_mut().find(|row| row.cell("Rule") == Some("base"));
    base.unwrap().cells.insert("Points".to_owned(), "10".to_owned());
    let (store, live) = (&one.app.store, &one.app.programmes);
    live.publish(store, "main", &tables, check(&tables).unwrap(), "2026-11-20T12:01:00Z".parse().unwrap())
        .await
        .unwrap();
    one.clock.set("2026-11-20T12:05:00Z".parse().unwrap());
    other.clock.set("2026-11-20T12:05:00Z".parse().unwrap());
    let mut order = purchase("c-1", 1);
    order["placed_at"] = json!("2026-11-20T12:04:00Z");
    order["paid_at"] = json!("2026-11-20T12:04:30Z");
    let (_, receipt) = other.put_order("1001", order).await;
    assert_eq!(receipt["points"]["earned"], 89 * 10 * 2 + 100, "{receipt}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_a_newer_connector_published_is_decided_nowhere_else() {
    let Some(url) = postgres::database("too new") else { return };
    let share = |settings: &mut loyalty_connector::config::Settings| {
        postgres::give(&settings.server.data, &url);
        settings.store.url = Some(url.clone().into());
    };
    let older = support::app_with(share).await;
    let (status, _) = older.put_order("1001", purchase("c-1", 1)).await;
    assert_eq!(status, 200);
    let mut tables = sample::tables();
    tables.0.get_mut("Rules").unwrap()[0].cells.insert("Moon phase".to_owned(), "full".to_owned());
    let now = "2026-11-20T12:01:00Z".parse().unwrap();
    let newer = NewVersion { content: tables.canonical(), ..NewVersion::default() };
    older.app.store.keep_published("main", newer, now).await.unwrap();
    let (status, problem) = older.put_order("1002", purchase("c-1", 1)).await;
    assert_eq!(status, 503, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("a newer connector published the programme"), "{problem}");
    let (status, receipt) = older.put_order("1001", purchase("c-1", 1)).await;
    assert_eq!((status, &receipt["duplicate"]), (200, &json!(true)), "what was accepted is answered");
    let (status, problem) = older.call("GET", "/health/ready", None).await;
    assert_eq!(status, 503, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("programme v2 of main"), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("Moon phase"), "{problem}");
}

/// Orders that the clients send in all, each by a member of its own; one connector dies at each `EVERY` of them.
const ORDERS: u32 = 900;
const EVERY: u32 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connectors_killed_in_turn_change_nothing() {
    let Some(url) = postgres::database("killed in turn") else { return };
    let (table, shown) = nocodb::start().await;
    let (heard, listener) = signals::start().await;
    let (table, heard) = (table.uri(), heard.uri());
    let environment = [
        ("LOYALTY__NOCODB__URL", table.as_str()),
        ("LOYALTY__NOCODB__TOKEN", "token"),
        ("LOYALTY__N8N__SIGNAL_URL", heard.as_str()),
        ("LOYALTY__N8N__SIGNAL_SECRET", signals::SECRET),
    ];
    let folders = [Folder::new(), Folder::new()];
    for folder in &folders {
        postgres::give(&folder.0, &url);
    }
    let start = |at: usize| Binary::start(&folders[at].0, &environment);
    let mut binaries = [start(0), start(1)];
    let key = Binary::key(&folders[0].0);
    let urls = Mutex::new([binaries[0].url.clone(), binaries[1].url.clone()]);
    let (next, done, bell) = (AtomicU32::new(0), AtomicU32::new(0), Notify::new());
    let clients = join_all((0..16_usize).map(|client| {
        let (urls, next, done, bell, key) = (&urls, &next, &done, &bell, &key);
        async move {
            loop {
                let order = next.fetch_add(1, Ordering::Relaxed);
                if order >= ORDERS {
                    return;
                }
                for attempt in client.. {
                    let url = urls.lock().unwrap()[attempt % 2].clone();
                    let Some((status, receipt)) = put(&url, key, order).await else { continue };
                    assert_eq!((status, receipt["points"]["earned"].as_i64()), (200, Some(278)), "{receipt}");
                    break;
                }
                done.fetch_add(1, Ordering::Relaxed);
                bell.notify_one();
            }
        }
    }));
    let killer = async {
        for round in 1..ORDERS / EVERY {
            while done.load(Ordering::Relaxed) < round * EVERY {
                bell.notified().await;
            }
            let at = usize::try_from(round % 2).unwrap();
            binaries[at].kill();
            binaries[at] = start(at);
            urls.lock().unwrap()[at].clone_from(&binaries[at].url);
        }
    };
    tokio::join!(clients, killer);
    let store = support::store(&folders[0].0).await;
    ledger::is_delivered(&store).await;
    prove(&store).await;
    ledger::is_shown_once(&store, &shown).await;
    let orders = usize::try_from(ORDERS).unwrap();
    assert_eq!(listener.named("points.earned"), orders, "signals");
    assert_eq!(store.messages("main", 10_000).await.unwrap().len(), orders, "thank-yous");
}

async fn put(url: &str, key: &str, order: u32) -> Option<(u16, Value)> {
    let body = purchase(&format!("c-{order}"), 1).to_string();
    let request = support::client().put(format!("{url}/v1/orders/n-{order}")).bearer_auth(key).body(body);
    let answer = loyalty_connector::systems::http::send(request).await.ok()?;
    Some((answer.status.as_u16(), answer.json().ok()?))
}
