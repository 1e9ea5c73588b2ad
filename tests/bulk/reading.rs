//! Much that is read at once: it takes little memory, holds no order up, and is put together from what is near.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::Value;

use crate::{
    house::House,
    support::{Binary, call, postgres, purchase},
};

/// Orders of the member whose statement is read; each makes several entries and, with its text, two events.
const ORDERS: usize = 300;
const STATEMENT: &str = "/v1/members/external:c-1/statement?limit=500";
const READERS: usize = 300;
/// Bytes that a hundred statements may add, and so many slow readers.
const ROOM: u64 = 100 << 20;

async fn much_to_read() -> House {
    let house = House::new();
    for some in (0..ORDERS).collect::<Vec<_>>().chunks(50) {
        let paths: Vec<String> = some.iter().map(|order| format!("/v1/orders/o-{order}")).collect();
        join_all(paths.iter().map(|path| house.put(path, purchase("c-1", 1)))).await;
    }
    house
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_statements_at_once_add_less_than_100_mb() {
    let house = much_to_read().await;
    let (before, key) = (memory_from_now_on(&house.service), Binary::key(&house.folder.0));
    let all = join_all((0..100).map(|_| read(&house.service.url, &key))).await;
    assert!(all.iter().all(|lines| *lines >= 500), "{all:?}");
    let most = memory(&house.service, "VmHWM");
    println!("100 statements: {} kB before, {} kB at most", before >> 10, most >> 10);
    assert!(most < before + ROOM, "{before} bytes before, {most} at most");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_slow_readers_hold_nobody_up() {
    let house = much_to_read().await;
    let (before, key) = (memory_from_now_on(&house.service), Binary::key(&house.folder.0));
    let address = house.service.url.strip_prefix("http://").unwrap();
    let mut readers = Vec::new();
    for _ in 0..READERS {
        let mut reader = TcpStream::connect(address).unwrap();
        write!(reader, "GET {STATEMENT} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\r\n").unwrap();
        readers.push(reader);
    }
    for order in 0..20 {
        let path = format!("/v1/orders/meanwhile-{order}");
        let taken = tokio::time::timeout(Duration::from_secs(20), house.put(&path, purchase("c-2", 1))).await;
        taken.expect("an order waits for nobody who reads");
    }
    let most = memory(&house.service, "VmHWM");
    println!("{READERS} slow readers: {} kB before, {} kB at most", before >> 10, most >> 10);
    assert!(most < before + ROOM, "{before} bytes before, {most} at most");
    // Each of them gets its statement, or is told to come again.
    for reader in &mut readers {
        reader.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut status = [0; 12];
        reader.read_exact(&mut status).unwrap();
        let status = std::str::from_utf8(&status).unwrap();
        assert!(["HTTP/1.1 200", "HTTP/1.1 429"].contains(&status), "{status}");
    }
    drop(readers);
    assert!(read(&house.service.url, &key).await >= 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_in_parts_is_one_statement() {
    let house = much_to_read().await;
    let whole = house.get(STATEMENT).await;
    let (entries, mut pages, mut next) = (whole["entries"].as_array().unwrap(), Vec::new(), String::new());
    while pages.len() < entries.len() {
        let page = house.get(&format!("/v1/members/external:c-1/statement?limit=70{next}")).await;
        pages.extend(page["entries"].as_array().unwrap().clone());
        next = format!("&cursor={}", page["next"].as_str().unwrap());
    }
    assert_eq!(&pages[..entries.len()], &entries[..]);
    let balance = |entry: &Value| entry["balance"].as_i64().unwrap();
    for pair in entries.windows(2).filter(|pair| pair[0]["account"] == "available") {
        assert_eq!(balance(&pair[0]) - pair[0]["points"].as_i64().unwrap(), balance(&pair[1]), "{pair:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_is_put_together_from_the_nearest_document() {
    let mut house = much_to_read().await;
    for order in 0..100 {
        house.put(&format!("/v1/orders/late-{order}"), purchase("c-1", 1)).await;
    }
    let entries = house.get(STATEMENT).await["entries"].as_array().unwrap().clone();
    let late = |entry: &&Value| {
        let version: u64 = entry["id"].as_str().unwrap().rsplit('_').nth(1).map_or(0, |part| part.parse().unwrap_or(0));
        entry["rule"] == "base" && version > 380 // a document was kept since version 256
    };
    let entry = entries.iter().find(late).unwrap_or_else(|| panic!("ids say no version: {}", entries[0]))["id"].clone();
    let path = format!("/v1/entries/{}/why", entry.as_str().unwrap());
    let before = house.get(&path).await;
    // What lies before the document kept at version 256 is not even read.
    let spoil = "UPDATE event SET changes = 'spoiled' WHERE version < 250";
    if let Some(url) = postgres::of(&house.folder.0) {
        postgres::run(&url, spoil).await;
    } else {
        house.service.kill();
        let connection = rusqlite::Connection::open(house.folder.0.join("loyalty.db")).unwrap();
        connection.execute(spoil, []).unwrap();
        house.restart();
    }
    assert_eq!(house.get(&path).await, before);
}

/// Reads the statement, again when it is told to come again; its lines.
async fn read(url: &str, key: &str) -> usize {
    loop {
        let (status, statement) = call(url, key, "GET", STATEMENT, None).await;
        if status != 429 {
            assert_eq!(status, 200, "{statement}");
            return statement["entries"].as_array().unwrap().len();
        }
    }
}

/// What the process has now, in bytes; from here on `VmHWM` is the most it has, whatever the writing before took.
fn memory_from_now_on(service: &Binary) -> u64 {
    std::fs::write(format!("/proc/{}/clear_refs", service.child.id()), "5").unwrap();
    memory(service, "VmRSS")
}

/// A line of what the system says of the process's memory, in bytes.
fn memory(service: &Binary, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.child.id())).unwrap();
    let line = status.lines().find(|known| known.starts_with(line)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}
