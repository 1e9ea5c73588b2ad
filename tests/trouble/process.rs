//! The process is whole or gone: a task that ends ends it, and stopping waits for nobody who is only half there.

use std::{
    io::Write,
    net::TcpStream,
    time::{Duration, Instant},
};

use loyalty_connector::systems::http;
use serde_json::{Value, json};

use crate::{
    orders_are_served, ready,
    support::{Binary, Folder, call, client, purchase},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_ends_ends_the_process_and_a_new_one_serves() {
    let folder = Folder::new();
    let mut binary = Binary::start(&folder.0, &[("LOYALTY_FAULT_PANIC", "queued n-7@1")]);
    orders_are_served(&binary, &folder, 0, 5).await;
    let (key, order) = (Binary::key(&folder.0), Some(purchase("c-7", 1)));
    let (status, answer) = call(&binary.url, &key, "PUT", "/v1/orders/n-7", order).await;
    assert_eq!((status, &answer["type"]), (503, &json!("/errors/not-known")), "{answer}");
    assert!(answer["detail"].as_str().unwrap().contains("same id"), "{answer}");
    assert!(!binary.child.wait().unwrap().success(), "it ends with an error");
    assert!(binary.log_until("writer").contains("panicked"));
    let binary = Binary::start(&folder.0, &[]);
    orders_are_served(&binary, &folder, 0, 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_waits_for_no_half_open_request_and_leaves_no_log_to_replay() {
    let folder = Folder::new();
    let binary = Binary::start(&folder.0, &[]);
    orders_are_served(&binary, &folder, 0, 50).await;
    let address = binary.url.trim_start_matches("http://").to_owned();
    let half = |text: &str| {
        let mut connection = TcpStream::connect(&address).unwrap();
        connection.write_all(text.as_bytes()).unwrap();
        connection
    };
    let key = Binary::key(&folder.0);
    let _head = half("PUT /v1/orders/77 HTTP/1.1\r\nHost: x\r\n");
    let _body = half(&format!(
        "PUT /v1/orders/78 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: 500\r\n\r\n{{\"member\""
    ));
    ready(&binary, 200).await;
    let start = Instant::now();
    assert!(binary.stop(), "it ends without an error");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(6), "stopping took {took:?}");
    let log = std::fs::metadata(folder.0.join("loyalty.db-wal")).map_or(0, |file| file.len());
    assert_eq!(log, 0, "everything is in the file");
    let binary = Binary::start(&folder.0, &[]);
    orders_are_served(&binary, &folder, 0, 50).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_while_it_stops_is_answered_by_a_problem_or_not_at_all() {
    let folder = Folder::new();
    let binary = Binary::start(&folder.0, &[]);
    orders_are_served(&binary, &folder, 0, 5).await;
    let key = Binary::key(&folder.0);
    let order = |number: usize| {
        let request = client().put(format!("{}/v1/orders/n-{number}", binary.url)).bearer_auth(&key);
        http::send(request.body(purchase(&format!("c-{number}"), 1).to_string()))
    };
    let asked = futures_util::future::join_all((5..60).map(order));
    let (answers, ended) = tokio::join!(asked, async { binary.terminate() });
    ended.unwrap();
    for answer in answers.into_iter().flatten() {
        let said: Value = answer.json().expect("JSON");
        let problem = said["type"].as_str().is_some_and(|kind| kind.starts_with("/errors/"));
        assert!(answer.status == 200 || answer.status == 503 && problem, "{said}");
    }
}
