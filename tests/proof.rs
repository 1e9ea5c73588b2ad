//! A statement that proves itself: made by the real binary beside a running service, checked without its database.

mod support;

use std::{path::Path, process::Command};

use loyalty_connector::{audit::anchor::Anchors, loyalty::chain};
use serde_json::{Value, json};
use support::{Folder, TestApp, app, postgres, purchase};

/// Whether it went well, and what it said.
fn loyalty(data: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loyalty"));
    command.args(["--data", data.to_str().unwrap()]).args(arguments);
    if data.exists()
        && let Some(url) = postgres::of(data)
    {
        command.env("LOYALTY__STORE__URL", url);
    }
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.success(), said)
}

/// Two members, an anchor in between, and the lines of the first one's statement.
async fn statement(app: &TestApp) -> Vec<Value> {
    app.put_order("1001", purchase("c-1", 1)).await;
    app.put_order("1002", purchase("c-2", 1)).await;
    support::ledger::is_delivered(&app.app.store).await; // the thank-yous are events too
    let anchors = Anchors::of(&app.folder.0);
    let tomorrow = "2026-11-21T00:00:00Z".parse().unwrap();
    anchors.drop_today(&app.app.store, &["main".to_owned()], tomorrow).await.unwrap();
    app.clock.set("2026-11-20T12:05:00Z".parse().unwrap()); // what comes later is not covered
    let hold = json!({"id": "h", "member": {"external_id": "c-1"}, "points": 100});
    app.call("POST", "/v1/holds", Some(hold)).await;
    let gift = json!({"id": "a-1", "member": {"external_id": "c-1"}, "points": 22, "reason": "sorry"});
    app.call("POST", "/v1/adjustments", Some(gift)).await;
    let file = app.folder.0.join("anna.jsonl");
    let (fine, said) = loyalty(&app.folder.0, &["statement", "external:c-1", "--proof", file.to_str().unwrap()]);
    assert!(fine, "{said}");
    std::fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What is said of these lines, by a binary that has no database and, of the ledger's folder, a copy of `anchors.log`.
fn checked(app: &TestApp, lines: &[Value]) -> (bool, String) {
    let elsewhere = Folder::new();
    let (file, anchors) = (elsewhere.0.join("file.jsonl"), elsewhere.0.join("anchors.log"));
    std::fs::copy(app.folder.0.join("anchors.log"), &anchors).unwrap();
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(&file, text.join("\n")).unwrap();
    let data = elsewhere.0.join("nothing");
    let arguments = ["verify-statement", file.to_str().unwrap(), "--anchors", anchors.to_str().unwrap()];
    let checked = loyalty(&data, &arguments);
    assert!(!data.exists(), "no database is made");
    checked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_is_checked_without_a_database_and_says_what_the_member_reads() {
    let app = app().await;
    let lines = statement(&app).await;
    let (fine, said) = checked(&app, &lines);
    assert!(fine, "{said}");
    assert!(said.contains("all hashes fit, all entries make 200 available points"), "{said}");
    assert!(said.contains("are as the anchor of 2026-11-21T00:00:00Z has them"), "{said}");
    let (fine, printed) = loyalty(&app.folder.0, &["statement", "external:c-1"]);
    assert!(fine && printed.contains("-89 available"), "{printed}");
    let told = lines[1..].iter().flat_map(|line| line["entries"].as_array().unwrap());
    assert!(told.clone().count() >= 4);
    for entry in told {
        assert!(printed.contains(entry["text"].as_str().unwrap()), "{entry} is not in:\n{printed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_to_change_a_statement_is_found_and_its_line_named() {
    let app = app().await;
    let lines = statement(&app).await;
    let last = lines.len();
    let changed = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        let (fine, said) = checked(&app, &lines);
        assert!(!fine, "{said}");
        said
    };
    let finds = |said: String, expected: &[&str]| {
        for words in expected {
            assert!(said.contains(words), "`{words}` is not in:\n{said}");
        }
    };
    finds(
        changed(&|lines| lines[last - 1]["entries"][0]["points"] = json!(2200)),
        &[&format!("line {last}: says +2200 available"), "recorded is +22 available"],
    );
    finds(
        changed(&|lines| {
            let record = lines[last - 1]["record"]["entries"].as_str().unwrap().replace(":22,", ":2200,");
            lines[last - 1]["record"]["entries"] = record.into();
            lines[last - 1]["entries"][0]["points"] = json!(2200);
        }),
        &[&format!("line {last}: its hash does not fit"), &format!("line {last}: all entries so far make")],
    );
    finds(
        changed(&|lines| {
            lines.remove(2);
        }),
        &["line 3: event 3 follows event 1: event 2 is missing"],
    );
    finds(changed(&|lines| lines.swap(2, 3)), &["line 4: event 2 stands after event 3: lines were reordered"]);
    finds(
        changed(&|lines| drop(lines.pop())),
        &[&format!("line {}: the end is missing: the statement has {} events", last - 1, last - 1)],
    );
    finds(
        changed(&|lines| lines.push(lines[last - 1].clone())),
        &[&format!("line {}: event {} stands here again", last + 1, last - 1)],
    );
    finds(changed(&|lines| lines[1]["balance"]["available"] = json!(999)), &["line 2: says 999 available"]);
    finds(changed(&|lines| lines[0]["chain"] = json!("00")), &["line 1: its hash is not that of the last event"]);
    finds(changed(&|lines| lines[0]["covered"]["anchor"]["until"] = json!(1)), &["is not in the copy of anchors.log"]);
    finds(changed(&|lines| lines[2]["previous"] = lines[1]["previous"].clone()), &["line 3: does not follow event 1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_forged_whole_with_hashes_that_fit_is_not_what_the_anchor_has() {
    let app = app().await;
    let lines = statement(&app).await;
    let (mut forged, mut previous) = (lines.clone(), chain::GENESIS.to_owned());
    for line in &mut forged[1..] {
        line["record"]["source"] = json!("somebody else");
        line["previous"] = json!(previous);
        previous = chain::link(&previous, &parts(&lines[0], line).iter().map(String::as_str).collect::<Vec<_>>());
        line["chain"] = json!(previous);
    }
    forged[0]["chain"] = json!(previous);
    let (fine, said) = checked(&app, &forged);
    assert!(!fine && said.contains("the anchor of 2026-11-21T00:00:00Z does not cover event"), "{said}");
    assert_eq!(said.matches("WRONG").count(), 1, "nothing else could tell: {said}");
}

/// What the hash of a line is made of, in its order.
fn parts(head: &Value, line: &Value) -> Vec<String> {
    let record = &line["record"];
    let all = [
        &head["brand"],
        &head["member"],
        &line["version"],
        &record["source"],
        &record["id"],
        &line["kind"],
        &record["occurred_at"],
        &record["recorded_at"],
        &record["data"],
        &record["hash"],
        &record["given"],
        &record["entries"],
        &record["changes"],
        &record["receipt"],
    ];
    all.map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned)).to_vec()
}

#[test]
fn all_of_it_holds_on_postgresql_too() {
    support::postgres::proves_the_same();
}
