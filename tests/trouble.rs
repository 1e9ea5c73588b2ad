//! Trouble around a running connector, with the real binary: broken texts, guilty events, tasks that end, a full disk, a log
//! nobody reads, a clock that jumps. What callers saw is what docs/GUARANTEES.md says.

mod support;

#[path = "trouble/clock.rs"]
mod clock;
#[path = "trouble/disk.rs"]
mod disk;
#[path = "trouble/guilty.rs"]
mod guilty;
#[path = "trouble/log.rs"]
mod log;
#[path = "trouble/process.rs"]
mod process;
#[path = "trouble/texts.rs"]
mod texts;

use serde_json::Value;
use support::{Binary, Folder, call, purchase};

/// The statuses of orders sent at once, each by a member of its own: `first` and so on.
async fn orders(binary: &Binary, folder: &Folder, first: usize, count: usize) -> Vec<(u16, Value)> {
    let key = Binary::key(&folder.0);
    let order = |number: usize| {
        let (key, path) = (&key, format!("/v1/orders/n-{number}"));
        async move { call(&binary.url, key, "PUT", &path, Some(purchase(&format!("c-{number}"), 1))).await }
    };
    futures_util::future::join_all((first..first + count).map(order)).await
}

/// All of them were accepted.
async fn orders_are_served(binary: &Binary, folder: &Folder, first: usize, count: usize) {
    for (status, answer) in orders(binary, folder, first, count).await {
        assert_eq!(status, 200, "{answer}");
    }
}

/// Asks until the service says what is expected of it; what it said last.
async fn ready(binary: &Binary, wanted: u16) -> Value {
    for _ in 0..200 {
        let (status, answer) = call(&binary.url, "", "GET", "/health/ready", None).await;
        if status == wanted {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("it never was {wanted}");
}
