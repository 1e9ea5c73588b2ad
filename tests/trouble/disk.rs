//! A full disk and a file that may not grow: 503 with the reason, nothing acknowledged is lost, and it goes on by itself.

use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::Value;

use crate::{
    orders, orders_are_served,
    support::{Binary, Folder, call},
};

/// Sends orders until some are refused: each of these is told why, and that nothing of it was stored only where that is
/// known. The number of the first order that was sent with them.
async fn until_refused(binary: &Binary, folder: &Folder, reason: &str) -> usize {
    for first in (0..20_000).step_by(50) {
        let answers = orders(binary, folder, first, 50).await;
        let refused: Vec<&Value> =
            answers.iter().filter(|(status, _)| *status != 200).map(|(_, answer)| answer).collect();
        for answer in &refused {
            let (kind, detail) = (answer["type"].as_str().unwrap(), answer["detail"].as_str().unwrap());
            assert!(answer["status"] == 503 && detail.contains(reason), "{answer}");
            match kind {
                "/errors/not-known" => {
                    assert!(detail.contains("same id") && !detail.contains("Nothing was"), "{answer}");
                }
                "/errors/unavailable" => assert!(detail.contains("Nothing was stored"), "{answer}"),
                _ => panic!("{answer}"),
            }
        }
        if !refused.is_empty() {
            return first;
        }
    }
    panic!("it never was full");
}

async fn all_are_there_once(binary: &Binary, folder: &Folder, count: usize) {
    let key = Binary::key(&folder.0);
    for number in 0..count {
        let (status, member) = call(&binary.url, &key, "GET", &format!("/v1/members/external:c-{number}"), None).await;
        assert_eq!((status, member["balance"]["available"].as_i64()), (200, Some(278)), "member {number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_may_not_grow_is_503_with_its_reason_and_passes() {
    let folder = Folder::new();
    let binary = Binary::start(&folder.0, &[]);
    let pid = Pid::from_raw(i32::try_from(binary.child.id()).unwrap());
    let limit = |bytes: Option<u64>| prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
    limit(Some(2 << 20));
    let first = until_refused(&binary, &folder, "may not grow").await;
    limit(None);
    orders_are_served(&binary, &folder, first, 100).await; // the same ones again, and more
    all_are_there_once(&binary, &folder, first + 100).await;
}

/// A small disk of its own, where the machine lets the test mount one.
struct SmallDisk(Folder);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = Folder::new();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64m", "tmpfs", folder.0.to_str().unwrap()]);
        mount.output().is_ok_and(|done| done.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0.0).output();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_503_with_its_reason_and_passes() {
    let Some(disk) = SmallDisk::mount() else {
        println!("SKIPPED a full disk: this user may not mount one; the limit of a file's size stands for it");
        return;
    };
    let ballast = disk.0.0.join("ballast");
    std::fs::write(&ballast, vec![1; 58 << 20]).unwrap();
    let binary = Binary::start(&disk.0.0, &[]);
    let first = until_refused(&binary, &disk.0, "full").await;
    std::fs::remove_file(&ballast).unwrap();
    orders_are_served(&binary, &disk.0, first, 60).await;
    all_are_there_once(&binary, &disk.0, first + 60).await;
    drop(binary);
}
