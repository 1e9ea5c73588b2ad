//! What is said of one is said of one: every command on a ledger that holds one of each, and answers about one point.

use std::path::Path;

use loyalty_connector::store::Settled;
use serde_json::{Value, json};

use crate::{
    house::{House, run},
    support::{Binary, Folder, call, postgres, store},
};

/// Words that end like a plural and may follow a 1.
const NO_PLURALS: [&str; 4] = ["is", "has", "was", "as"];

/// What may stand between a number and what it counts.
const BETWEEN: [&str; 4] = ["active", "available", "more", "programme"];

/// Where a text says `1 members`, or leaves it to whoever reads it.
fn one_of_many(text: &str) -> Vec<String> {
    text.lines().flat_map(one_in_line).collect()
}

fn one_in_line(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split([' ', '"']).filter(|word| !word.is_empty()).chain(["", ""]).collect();
    let plural = |word: &str| {
        let word = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        word.ends_with('s') && !word.ends_with("ss") && !NO_PLURALS.contains(&word)
    };
    let many = words.windows(3).filter(|next| {
        let one = next[0].trim_start_matches(['(', '+', '-']) == "1";
        one && (plural(next[1]) || BETWEEN.contains(&next[1]) && plural(next[2]))
    });
    let unsaid = words.iter().filter(|word| word.contains("(s)")).map(|word| (*word).to_owned());
    many.map(|next| next.join(" ").trim().to_owned()).chain(unsaid).collect()
}

/// A house with one member of one point.
async fn of_one() -> House {
    let house = House::new();
    let body = json!({"id": "one", "member": {"external_id": "c-1"}, "points": 1, "reason": "one"});
    house.post("/v1/members", json!({"external_id": "c-1", "name": "Anna"})).await;
    house.post("/v1/adjustments", body).await;
    house
}

/// Has a delivery refused for ever.
async fn one_dead_letter(house: &House) {
    let (store, at) = (store(&house.folder.0).await, "2026-11-20T12:00:00Z".parse().unwrap());
    let members = store.streams().await.unwrap();
    store.deliver_again("nocodb", members, at).await.unwrap();
    let leased = store.lease_feeds("nocodb", 1, at, at).await.unwrap();
    let dead = || Settled::Dead { problem: "refused".to_owned() };
    store.settle_feeds("nocodb", leased.iter().map(|item| (item, dead())).collect()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_says_one_members() {
    let house = of_one().await;
    one_dead_letter(&house).await;
    let path = |name: &str| house.folder.0.join(name).display().to_string();
    let said = |arguments: &[&str]| {
        let said = house.run(arguments).1;
        (arguments.join(" "), said)
    };
    let export = said(&["export", &path("out")]);
    let mut all = vec![
        said(&["verify"]),
        said(&["check"]),
        said(&["keys", "list"]),
        said(&["statement", "external:c-1"]),
        said(&["statement", "external:c-1", "--proof", &path("proof.jsonl")]),
        said(&["verify-statement", &path("proof.jsonl")]),
        said(&["dead-letters", "list"]),
        said(&["dead-letters", "replay", "--all"]),
        export,
        said(&["backup", &path("backup")]),
    ];
    let elsewhere = Folder::new();
    if postgres::of(&house.folder.0).is_none() {
        all.push(("restore".to_owned(), run(&elsewhere.0, &["restore", &path("backup")]).1));
    }
    for (name, text) in [("good", "external_id,points\nc-2,1\n"), ("bad", "external_id,points\nc-3,x\n")] {
        let file = house.file(&format!("{name}.csv"), text);
        all.push((format!("import of a {name} file"), house.import("lots", &file, &[]).1));
    }
    let spoiled = std::fs::read_to_string(path("proof.jsonl")).unwrap().replacen("\"points\":1", "\"points\":2", 1);
    std::fs::write(path("spoiled.jsonl"), spoiled).unwrap();
    all.push(said(&["verify-statement", &path("spoiled.jsonl")]));
    assert!(all[0].1.contains("1 member, 2 events decided again") && all[0].1.contains("all agree"), "{}", all[0].1);
    spoil(&house.folder.0).await;
    all.push(said(&["verify"]));
    for (command, text) in &all {
        assert_eq!(one_of_many(text), Vec::<String>::new(), "{command}: {text}");
    }
    let everything: String = all.into_iter().map(|(_, text)| text).collect();
    for one in
        ["1 member, ", "1 available point", "1 finding", "after 1 try", "1 row read", "1 problem", "1 active key"]
    {
        assert!(everything.contains(one), "nothing said `{one}`:\n{everything}");
    }
}

/// Changes one row beside the service.
async fn spoil(folder: &Path) {
    let spoil = "UPDATE event SET changes = 'spoiled' WHERE version = 2 AND id <> 'one'";
    match postgres::of(folder) {
        Some(url) => postgres::run(&url, spoil).await,
        None => {
            rusqlite::Connection::open(folder.join("loyalty.db")).unwrap().execute(spoil, []).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_says_one_points() {
    let house = of_one().await;
    let key = Binary::key(&house.folder.0);
    let member = json!({"external_id": "c-1"});
    let cart = json!([{"id": "1", "name": "Socks", "category": "sport", "quantity": 1, "unit_price": "9.00"}]);
    let calls: [(&str, Value); 4] = [
        ("/v1/holds", json!({"id": "h", "member": member, "points": 2})),
        ("/v1/adjustments", json!({"id": "minus", "member": member, "points": -2, "reason": "too much"})),
        ("/v1/quotes", json!({"member": member, "currency": "EUR", "lines": cart})),
        ("/v1/adjustments", json!({"id": "none", "member": member, "points": 1, "reason": ""})),
    ];
    let mut everything = String::new();
    for (path, body) in calls {
        let (_, said) = call(&house.service.url, &key, "POST", path, Some(body)).await;
        let said = said.to_string();
        assert_eq!(one_of_many(&said), Vec::<String>::new(), "{path}: {said}");
        everything += &said;
    }
    assert!(everything.contains("can spend 1 point"), "{everything}");
}

#[test]
fn the_check_above_can_fail() {
    for said in ["1 members compared", "and (1 events)", "1 active keys", "\"1 more points today\"", "3 problem(s) in"]
    {
        assert_eq!(one_of_many(said).len(), 1, "{said}");
    }
    assert!(one_of_many("21 members, 1 member, 1 is there, v1 events").is_empty());
}
