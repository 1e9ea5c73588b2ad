//! A log that cannot be written stops nothing.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::mpsc,
};

use crate::{
    orders_are_served, ready,
    support::{Binary, Folder, postgres},
};

/// The binary with a log that says much, and the pipe it goes to.
fn talkative(folder: &Folder) -> (Binary, BufReader<std::process::ChildStderr>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loyalty"));
    command.args(["--data", folder.0.to_str().unwrap(), "serve", "--listen", "127.0.0.1:0"]);
    if let Some(url) = postgres::of(&folder.0) {
        command.env("LOYALTY__STORE__URL", url);
    }
    command.env("LOYALTY__SERVER__LOG", "trace").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let url = loop {
        let mut line = String::new();
        assert!(log.read_line(&mut line).unwrap() > 0, "it ended before it listened");
        if let Some(at) = line.find("listening on http://") {
            break line[at + "listening on ".len()..].trim().to_owned();
        }
    };
    (Binary::of(child, url, mpsc::channel().1), log)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_whose_reader_is_gone_stops_nothing() {
    let folder = Folder::new();
    let (binary, log) = talkative(&folder);
    drop(log);
    for first in [0, 200, 400] {
        orders_are_served(&binary, &folder, first, 200).await;
    }
    ready(&binary, 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_nobody_reads_stops_nothing_and_says_later_what_it_left_out() {
    let folder = Folder::new();
    let (binary, log) = talkative(&folder);
    for first in 0..16 {
        orders_are_served(&binary, &folder, first * 200, 200).await; // far more lines than a pipe and the queue hold
    }
    ready(&binary, 200).await;
    let (found, left_out) = mpsc::channel();
    std::thread::spawn(move || {
        let mut lines = log.lines().map_while(Result::ok);
        let _ = found.send(lines.any(|line| line.contains("left out of the log")));
    });
    for first in 0..100 {
        orders_are_served(&binary, &folder, 3200 + first * 10, 10).await;
        if let Ok(found) = left_out.try_recv() {
            return assert!(found, "it ended");
        }
    }
    panic!("what was left out is not told");
}
