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

use crate::{
    prove, put,
    support::{self, Binary, Folder, call, postgres::Pair},
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
