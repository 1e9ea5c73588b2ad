//! A primary that is killed or frozen, and its standby promoted: nobody does anything at the connector. What was acknowledged
//! is there once, and it serves again within 15 seconds.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use serde_json::Value;

use crate::{
    prove, put,
    support::{
        self, Binary, Folder, call,
        postgres::{self, Pair},
    },
};

const CLIENTS: u32 = 8;
/// Orders that are acknowledged before it happens, and after.
const BEFORE: u32 = 60;
const AFTER: u32 = 60;

/// Longest wait for the first order that the promoted one took.
const SERVES_AGAIN: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_primary_is_left_for_the_promoted_one_within_15_seconds() {
    let Some(mut pair) = Pair::start("frozen primary") else { return };
    loses("freeze", &mut pair).await;
    // And whoever starts while the first host of the address is frozen.
    let folder = Folder::new();
    support::postgres::give(&folder.0, &pair.url());
    let mut binary = Binary::start(&folder.0, &[]);
    let (status, _) = support::raw(&binary.url, None, "GET", "/health/ready", Vec::new(), &[]).await;
    assert_eq!(status, 200);
    binary.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_primary_is_left_for_the_promoted_one_within_15_seconds() {
    let Some(mut pair) = Pair::start("killed primary") else { return };
    loses("kill", &mut pair).await;
}

/// Orders go on and on, each repeated under its id until it is acknowledged, while the primary is lost.
async fn loses(how: &str, pair: &mut Pair) {
    let folder = Folder::new();
    support::postgres::give(&folder.0, &pair.url());
    let binary = Binary::start(&folder.0, &[]);
    let key = Binary::key(&folder.0);
    let (next, done, promoted) = (AtomicU32::new(0), AtomicU32::new(0), AtomicBool::new(false));
    let (served, statuses) = (Mutex::new(None), Mutex::new(Vec::new()));
    let clients = join_all((0..CLIENTS).map(|_| async {
        while served.lock().unwrap().is_none() || done.load(Ordering::Relaxed) < BEFORE + AFTER {
            let order = next.fetch_add(1, Ordering::Relaxed);
            loop {
                let after = promoted.load(Ordering::Relaxed);
                let Some((status, answer)) = put(&binary.url, &key, order).await else { continue };
                if status == 200 {
                    assert_eq!(answer["points"]["earned"], 278, "{answer}");
                    done.fetch_add(1, Ordering::Relaxed);
                    if after {
                        served.lock().unwrap().get_or_insert_with(Instant::now);
                    }
                    break;
                }
                assert!(answer["type"].is_string(), "{status} without a problem: {answer}");
                statuses.lock().unwrap().push(status);
                tokio::time::sleep(Duration::from_millis(20)).await; // a caller's pause between two tries
            }
        }
    }));
    let breaker = async {
        while done.load(Ordering::Relaxed) < BEFORE {
            tokio::time::sleep(Duration::from_millis(5)).await; // the pace of looking
        }
        let lost = Instant::now();
        pair.say(how);
        pair.say("promote");
        promoted.store(true, Ordering::Relaxed);
        lost
    };
    let (_, lost) = tokio::join!(clients, breaker);
    let took = served.lock().unwrap().unwrap().duration_since(lost);
    println!("{how}: served again after {took:?}; refused meanwhile: {:?}", statuses.lock().unwrap());
    assert!(took <= SERVES_AGAIN, "{how}: served again after {took:?}");
    assert!(statuses.lock().unwrap().iter().all(|status| *status == 503));
    let store = support::store(&folder.0).await;
    prove(&store).await;
    for order in 0..next.load(Ordering::Relaxed) {
        let path = format!("/v1/members/external:c-{order}");
        let (_, member) = call(&binary.url, &key, "GET", &path, None).await;
        assert_eq!(member["balance"]["available"], 278, "order {order} counts once: {member}");
    }
    assert_eq!(call(&binary.url, &key, "GET", "/health/ready", None).await.0, 200);
}

/// Longest wait of a caller while a standby is not there: the limit of a commit, whoever's it was, and some work.
const REFUSED_WITHIN: Duration = Duration::from_secs(10);

async fn standbys(pair: &Pair, names: &str) {
    postgres::run(&pair.primary(), &format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'")).await;
    postgres::run(&pair.primary(), "SELECT pg_reload_conf()").await;
}

/// What `loyalty check` says of the ledger: each state and text.
fn of_the_ledger(folder: &Folder, url: &str) -> (String, Vec<(String, String)>) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_loyalty"))
        .args(["check", "--json"])
        .env("LOYALTY__SERVER__DATA", &folder.0)
        .env("LOYALTY__STORE__URL", url)
        .output()
        .unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of_it = |finding: &&Value| finding["system"] == "ledger";
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = said["findings"].as_array().unwrap().iter().filter(of_it);
    let findings: Vec<_> = findings.map(|finding| (text(&finding["state"]), text(&finding["detail"]))).collect();
    (findings[0].1.clone(), findings)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synchronous_standby_that_is_missing_is_503_and_what_waited_counts_once() {
    let Some(pair) = Pair::start("missing standby") else { return };
    let folder = Folder::new();
    postgres::give(&folder.0, &pair.url());
    let binary = Binary::start(&folder.0, &[]);
    let key = Binary::key(&folder.0);
    assert_eq!(put(&binary.url, &key, 0).await.unwrap().0, 200);
    standbys(&pair, "nobody").await;
    for _ in 0..2 {
        // All at once, then all again: each under its id, as callers do.
        let asked = (1..=CLIENTS).map(|order| (order, &binary.url, &key)).map(|(order, url, key)| async move {
            let from = Instant::now();
            (order, put(url, key, order).await, from.elapsed())
        });
        for (order, answer, took) in join_all(asked).await {
            let (status, problem) = answer.unwrap_or_else(|| panic!("order {order}: no answer after {took:?}"));
            assert_eq!(status, 503, "{problem}");
            assert!(problem["type"].is_string(), "{problem}");
            assert!(took <= REFUSED_WITHIN, "order {order}: {took:?}");
        }
    }
    let (_, findings) = of_the_ledger(&folder, &pair.url());
    let missing = |(state, detail): &(String, String)| state == "wrong" && detail.contains("`nobody`");
    assert!(findings.iter().any(missing), "{findings:?}");
    standbys(&pair, "*").await;
    let mended = Instant::now();
    for order in 1..=CLIENTS {
        loop {
            match put(&binary.url, &key, order).await {
                Some((200, receipt)) => break assert_eq!(receipt["points"]["earned"], 278, "{receipt}"),
                answer => assert!(mended.elapsed() <= SERVES_AGAIN, "order {order}: {answer:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await; // a caller's pause between two tries
        }
    }
    println!("served again {:?} after the setting was mended", mended.elapsed());
    for order in 0..=CLIENTS {
        let path = format!("/v1/members/external:c-{order}");
        let (_, member) = call(&binary.url, &key, "GET", &path, None).await;
        assert_eq!(member["balance"]["available"], 278, "order {order} counts once: {member}");
    }
    prove(&support::store(&folder.0).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_names_the_engine_and_what_a_lost_machine_would_cost() {
    let folder = Folder::new();
    drop(support::store(&folder.0).await);
    if std::env::var_os("LOYALTY_TEST_STORE").is_none() {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_loyalty"))
            .args(["check", "--data"])
            .arg(&folder.0)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("SQLite 3.") && !said.contains("standby"), "{said}");
    }
    let Some(pair) = Pair::start("check") else { return };
    let notes = |findings: &[(String, String)]| {
        let noted = findings.iter().filter(|(state, _)| state == "note");
        noted.map(|(_, detail)| detail.clone()).collect::<Vec<_>>().join("; ")
    };
    let (engine, findings) = of_the_ledger(&folder, &pair.url());
    assert!(engine.contains("PostgreSQL 1"), "{engine}");
    assert_eq!(notes(&findings), "");
    let (_, findings) = of_the_ledger(&folder, &pair.primary());
    assert!(notes(&findings).contains("names one host"), "{findings:?}");
    standbys(&pair, "").await;
    let (_, findings) = of_the_ledger(&folder, &pair.url());
    assert!(notes(&findings).contains("no synchronous standby"), "{findings:?}");
}
