//! `loyalty verify --unomi`: profiles and events that differ are named, and sending again mends them.

use std::process::Command;

use loyalty_connector::{
    clock::{Clock, SystemClock},
    loyalty::programme::check,
    programme::{csv, sample},
};
use serde_json::json;

use crate::{
    desk::{self, Desk},
    support::unomi::Fake,
};

/// Two members with purchases and visits, all sent; the first one's id.
async fn sent() -> (Fake, Desk, String) {
    let fake = Fake::default();
    let desk = Desk::with(desk::settings(&fake.serve().await)).await;
    let member = desk.purchase("c-1", "1001").await;
    desk.events("c-1", &["visit", "quiz", "survey"]).await;
    desk.purchase("c-2", "1002").await;
    desk.turn().await;
    fake.set(|conduct| conduct.page = Some(2));
    (fake, desk, member)
}

/// Whether all agree, and what the real binary says.
fn verify(desk: &Desk, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loyalty"));
    command.args(["--data", desk.app.folder.0.to_str().unwrap(), "verify", "--unomi"]).args(arguments);
    if let Some(url) = crate::support::postgres::of(&desk.app.folder.0) {
        command.env("LOYALTY__STORE__URL", url);
    }
    let settings = [
        ("LOYALTY__UNOMI__URL", desk.url.as_str()),
        ("LOYALTY__UNOMI__PEER_KEY", "peer-key"),
        ("LOYALTY__UNOMI__PASSWORD", "password"),
    ];
    let output = command.envs(settings).output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.success(), said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_agrees_says_so() {
    let (_fake, desk, _) = sent().await;
    let (fine, said) = verify(&desk, &[]);
    assert!(fine && said.contains("Unomi: 2 members compared: all agree"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_difference_is_named_and_sending_again_mends_it() {
    let (fake, desk, member) = sent().await;
    let of_kind = |kind: &str| {
        fake.see(|conduct| {
            let mut own = conduct.arrived.iter().filter(|(owner, _)| *owner == member).map(|(_, id)| id.clone());
            own.find(|id| conduct.events[id]["eventType"] == kind).unwrap()
        })
    };
    let (points, purchase, visit) = (of_kind("loyaltyPointsChanged"), of_kind("purchase"), of_kind("loyaltyEvent"));
    fake.set(|conduct| {
        conduct.events.get_mut(&points).unwrap()["properties"]["points"] = json!(999);
        conduct.events.remove(&visit);
        conduct.arrived.retain(|(_, id)| *id != visit);
        conduct.doubled.insert(purchase.clone());
        conduct.profiles.get_mut(&member).unwrap().insert("loyaltyPoints".to_owned(), json!(12));
    });
    let (fine, said) = verify(&desk, &[]);
    assert!(!fine, "{said}");
    for expected in [
        format!("event {points} (loyaltyPointsChanged): points is 999, the ledger has 278"),
        format!("event {visit} (loyaltyEvent) is missing"),
        format!("event {purchase} (purchase) stands there 2 times"),
        format!("delete it in Unomi (DELETE /cxs/events/{purchase})"),
        format!("profile {member}: loyaltyPoints is 12, the ledger has 278"),
        "send it again: `loyalty verify --unomi --again`".to_owned(),
        "2 members compared: 4 differences".to_owned(),
    ] {
        assert!(said.contains(&expected), "`{expected}` is not in:\n{said}");
    }
    fake.set(|conduct| conduct.doubled.clear());
    let (_, said) = verify(&desk, &["--again"]);
    assert!(said.contains("Unomi: 1 member will be sent again"), "{said}");
    desk.app.clock.set(SystemClock.now());
    desk.courier.feed_once(&desk.feed).await.unwrap();
    let (fine, said) = verify(&desk, &[]);
    assert!(fine, "{said} at {}", desk.app.clock.now());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memberships_of_segments_are_compared_and_counted_by_segment_and_the_next_feed_mends_them() {
    let fake = Fake::default();
    let desk = Desk::with(desk::settings(&fake.serve().await)).await;
    let mut tables = sample::tables();
    tables.0.insert("Segments".to_owned(), csv::read("Segments", "Segment,Orders at least\nbuyers,1\n").unwrap());
    let (app, programme) = (&desk.app.app, check(&tables).unwrap());
    app.programmes.publish(&app.store, "main", &tables, programme, desk.app.clock.now()).await.unwrap();
    let one = desk.purchase("c-1", "1001").await;
    let other = desk.purchase("c-2", "1002").await;
    desk.turn().await;
    let (fine, said) = verify(&desk, &[]);
    assert!(fine, "{said}");
    fake.set(|conduct| {
        for (member, segments) in [(&one, json!(["gone"])), (&other, json!(["buyers", "gone"]))] {
            conduct.profiles.get_mut(member).unwrap().insert("loyaltySegments".to_owned(), segments);
        }
    });
    let (fine, said) = verify(&desk, &["--again"]);
    assert!(!fine, "{said}");
    for expected in [
        format!("profile {one}: loyaltySegments is [\"gone\"], the ledger has [\"buyers\"]"),
        "Unomi: segment `buyers`: 1 member missing there, 0 members there who are not in it".to_owned(),
        "Unomi: segment `gone`: 0 members missing there, 2 members there who are not in it".to_owned(),
        "2 members compared: 2 differences".to_owned(),
    ] {
        assert!(said.contains(&expected), "`{expected}` is not in:\n{said}");
    }
    desk.app.clock.set(SystemClock.now());
    desk.courier.feed_once(&desk.feed).await.unwrap();
    let (fine, said) = verify(&desk, &[]);
    assert!(fine, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_that_is_gone_is_named() {
    let (fake, desk, member) = sent().await;
    fake.set(|conduct| drop(conduct.profiles.remove(&member)));
    let (fine, said) = verify(&desk, &[]);
    assert!(!fine && said.contains(&format!("profile {member} is missing")), "{said}");
}
