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
    of_before(&house);
    house
}

/// Members that an older version took and that nobody would be made of today; one has as much as an account holds.
fn of_before(house: &House) {
    let who = json!({"visitor": "mem_1", "external_id": "0", "email": "a@b", "phone": "123456"});
    let named = json!({"name": "=A1\nsecond line", "birthday": "0001-01-01"});
    let other = json!({"visitor": "mem_2", "external_id": "7.89E+12"});
    let lot = json!({"id": "big", "points": 1_000_000_000_000_000_i64});
    let owes = json!({"id": "owes", "points": 2_000_000_000_000_i64, "state": "debt"});
    let order = json!({"order_id": "0", "placed_at": "1970-01-01T00:00:00Z", "currency": "EUR", "total": "5.00"});
    let files = [
        ("members", vec![(&who, named), (&other, json!({}))]),
        ("lots", vec![(&who, lot), (&other, owes)]),
        ("orders", vec![(&who, order)]),
    ];
    for (kind, rows) in files {
        let rows = rows.into_iter().map(|(who, mut row)| {
            row.as_object_mut().unwrap().extend(who.as_object().unwrap().clone());
            row.to_string()
        });
        let file = house.file(&format!("before-{kind}.jsonl"), &rows.collect::<Vec<_>>().join("\n"));
        let (fine, said) = house.import(kind, &file, &[]);
        assert!(fine, "{said}");
    }
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
    for (is, known_by) in [("0", ["external:0", "email:a@b", "phone:123456"]), ("7.89E+12", ["external:7.89E%2B12"; 3])]
    {
        for reference in known_by {
            assert_eq!(new.get(&format!("/v1/members/{reference}")).await["external_id"], is, "{reference}");
        }
    }
    assert_eq!(new.get("/v1/members/external:0").await["balance"]["available"], 1_000_000_000_000_000_i64);
    assert_eq!(new.get("/v1/orders/0").await["total"], "5.00");
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
async fn in_a_file_of_others_an_id_that_stands_for_nobody_is_refused_by_its_line() {
    let house = House::new();
    let files = [
        ("members", "external_id,email\n0,anna@example.com\n", "external_id"),
        ("members", "visitor,external_id\nv-1,undefined\n", "external_id"),
        ("orders", "external_id,order_id,placed_at,currency,total\nc-1,null,2026-01-01,EUR,5\n", "order_id"),
        ("members", "external_id,email\nc-1,a@b\n", "email"),
    ];
    for (kind, text, column) in files {
        let (fine, said) = house.import(kind, &house.file("others.csv", text), &[]);
        assert!(!fine && said.contains(&format!("line 2, column {column}:")), "{text}: {said}");
    }
    assert_eq!(house.events().await, 0);
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
