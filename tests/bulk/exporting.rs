//! Exports: everything, beside a running service; and another installation that takes them over.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{house::House, support::purchase};

/// Members with points of every kind: to spend, on their way, set aside, owed; one without a name or number.
async fn lively() -> House {
    let house = House::new();
    house.put("/v1/orders/1", purchase("c-1", 1)).await;
    house.post("/v1/holds", json!({"id": "h", "member": {"external_id": "c-1"}, "points": 120, "ttl": "1D"})).await;
    house.put("/v1/orders/2", purchase("c-2", 1)).await;
    house
        .post("/v1/adjustments", json!({"id": "a", "member": {"external_id": "c-2"}, "points": -200, "reason": "x"}))
        .await;
    let mut cancelled = purchase("c-2", 2);
    cancelled["status"] = json!("cancelled");
    house.put("/v1/orders/2", cancelled).await;
    let mut returned = purchase("c-3", 1);
    (returned["lines"][0]["quantity"], returned["lines"][0]["returned"]) = (json!("2"), json!("0.5"));
    house.put("/v1/orders/3", returned).await;
    let lots = "external_id,points,available_from,expires_at\nc-3,70,2098-01-01,2099-01-01\n";
    assert!(house.import("lots", &house.file("pending.csv", lots), &[]).0);
    house.post("/v1/members", json!({"card": "777"})).await;
    house.post("/v1/adjustments", json!({"id": "b", "member": {"card": "777"}, "points": 40, "reason": "card"})).await;
    house.post("/v1/codes", json!({"offer": "five", "codes": ["SUMMER"]})).await;
    house
}

fn export(house: &House, name: &str, format: &str) -> PathBuf {
    let folder = house.folder.0.join(name);
    let (fine, said) = house.run(&["export", folder.to_str().unwrap(), "--format", format]);
    assert!(fine, "{said}");
    folder
}

fn rows(folder: &std::path::Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn taken_over(format: &str) {
    let old = lively().await;
    let folder = export(&old, "moving", format);
    let new = House::new();
    for kind in ["members", "lots", "orders"] {
        let (fine, said) = new.import(kind, &folder.join(format!("{kind}.{format}")), &["--preset", "loyalty"]);
        assert!(fine && said.contains(" 0 already there"), "{said}");
    }
    for member in rows(&export(&old, "again", "jsonl"), "members") {
        let id = member["visitor"].as_str().unwrap();
        let (was, is) =
            (old.get(&format!("/v1/members/{id}")).await, new.get(&format!("/v1/members/visitor:{id}")).await);
        for same in ["balance", "progress", "joined_at", "external_id", "name"] {
            assert_eq!(is[same], was[same], "{same} of {member}");
        }
        assert_eq!(is["tier"]["id"], was["tier"]["id"]);
        let lots = |member: &Value| {
            let lots = member["lots"].as_array().unwrap().iter();
            let mut lots: Vec<String> = lots.map(|lot| format!("{} {}", lot["expires_at"], lot["points"])).collect();
            lots.sort(); // of those that end together any may be spent first
            lots
        };
        assert_eq!(lots(&is), lots(&was), "each lot with its end");
    }
    let hold = rows(&old.folder.0.join("again"), "holds")[0]["id"].as_str().unwrap().to_owned();
    let captured = new.post(&format!("/v1/holds/{hold}/capture"), json!({"points": 20})).await;
    assert_eq!(captured["balance"]["reserved"], 0, "the till goes on with its hold: {captured}");
    new.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_exported_and_imported_has_the_same_balances() {
    taken_over("jsonl").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_as_csv() {
    taken_over("csv").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_everything_and_overwrites_nothing() {
    let house = lively().await;
    let folder = export(&house, "all", "jsonl");
    let entries = rows(&folder, "entries");
    let sum: i64 = entries
        .iter()
        .filter(|entry| entry["credit"] == "reserved")
        .map(|entry| entry["points"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, 120);
    assert_eq!(rows(&folder, "events").len() as u64, house.events().await);
    assert_eq!(rows(&folder, "holds")[0]["points"], 120);
    assert_eq!(rows(&folder, "codes")[0]["code"], "SUMMER");
    assert_eq!(rows(&folder, "programmes").len(), 1);
    let (fine, said) = house.run(&["export", folder.to_str().unwrap()]);
    assert!(!fine && said.contains("is not empty"), "{said}");
}
