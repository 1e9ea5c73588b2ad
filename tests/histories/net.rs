//! What is decided, recorded, explained and exported of the same histories stays what it was, byte for byte, and so does what
//! callers are promised (`/openapi.json`). A change of the house may not touch them; a change of arithmetic raises ENGINE and
//! writes new digests here, a change of the contract writes new ones to `contract.txt`: both on purpose.

use std::collections::{BTreeMap, BTreeSet};

use loyalty_connector::{cli::export::rows, http, loyalty::ENGINE, values::person::Person};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    happens::{self, MEMBERS},
    moving_house::who,
    play::Play,
};

/// How many histories: always, and where the environment asks for as many (about 200 000 events).
const FEW: usize = 200;
const MANY: usize = 10_000;

/// Digests of the rows, documents, explanations and exports, by the number of histories.
const DIGESTS: [(usize, [&str; 4]); 2] = [
    (
        FEW,
        [
            "7f07c96b08ecc7a5985d7e8f833a78ce",
            "58bf7f9c372fdf143301c0a97483e511",
            "204baabfd638c740a65b5de94f0af537",
            "c6952edf38aa5389ff0b13c3943a6240",
        ],
    ),
    (
        MANY,
        [
            "105cf8553fe566b7eeb5ecf58d7439c6",
            "70b180a9729d11b076d7a8d2528b160d",
            "e3a39cd5d1f1ff55c4ff0c8a022ee9d4",
            "0821d9d43b2f62ec6d42c5163622aa3a",
        ],
    ),
];

#[test]
fn what_is_decided_recorded_explained_and_exported_stays_byte_for_byte() {
    let wanted = std::env::var("LOYALTY_NET").ok().and_then(|number| number.parse().ok()).unwrap_or(FEW);
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let both = (happens::setting(), happens::history());
    let mut digests = [(); 4].map(|()| Sha256::new());
    let mut events = 0;
    for _ in 0..wanted {
        let (setting, history) = both.new_tree(&mut runner).unwrap().current();
        let mut play = Play::new(&setting);
        play.ledger.explains = true;
        play.ledger.looks = true; // which counts are near, so recorded, is the writer's choice and no part of what is decided
        for step in &history {
            play.step(step);
        }
        play.end();
        events += play.ledger.rows.len();
        digest(&play, &mut digests);
    }
    let is = digests.map(|digest| hex::encode(&digest.finalize()[..16]));
    println!("{events} events of engine {ENGINE}: {is:?}");
    let (_, was) = DIGESTS.iter().find(|(number, _)| *number == wanted).expect("digests of so many histories");
    assert_eq!(is.each_ref().map(String::as_str), *was, "rows, documents, explanations, exports of {events} events");
}

fn digest(play: &Play, [rows_of, documents, explanations, exports]: &mut [Sha256; 4]) {
    let ledger = &play.ledger;
    for row in &ledger.rows {
        let numbers = [row.version.to_string(), row.occurred_at.to_string(), row.recorded_at.to_string()];
        let order = row.order_id.clone().unwrap_or_default();
        let texts = [&row.brand, &row.member, &row.source, &row.id, &row.kind, &row.data, &row.hash, &order];
        let decided = [&row.given, &row.entries, &row.changes, &row.receipt, &row.chain];
        texts.into_iter().chain(decided).chain(&numbers).for_each(|text| add(rows_of, text));
    }
    for name in (1..=MEMBERS).map(|number| number.to_string()) {
        let member = ledger.of(&name).0;
        add(documents, &serde_json::to_value(member).unwrap().to_string()); // the order of names says nothing
        let whose = who(member);
        add(exports, &rows::member(&whose, &Person::default(), member).to_string());
        for lot in rows::lots(&whose, member) {
            add(exports, &lot.to_string());
        }
    }
    for order in ledger.orders.values() {
        add(documents, &serde_json::to_value(order).unwrap().to_string());
        let owner = ledger.of(order.member.trim_start_matches("mem_")).0;
        add(exports, &rows::order(&who(owner), order).to_string());
    }
    ledger.explained.iter().for_each(|text| add(explanations, text));
}

fn add(digest: &mut Sha256, text: &str) {
    digest.update(text);
    digest.update([0x1f]);
}

/// Each part of the contract with its digest; `LOYALTY_CONTRACT=write` writes it.
const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/histories/contract.txt");

#[test]
fn the_contract_changes_only_on_purpose() {
    let contract = serde_json::to_value(http::openapi()).unwrap();
    let mut parts = BTreeMap::new();
    part("", &contract, 0, &mut parts);
    let is: Vec<String> = parts.iter().map(|(name, digest)| format!("{digest} {name}")).collect();
    if std::env::var("LOYALTY_CONTRACT").is_ok_and(|wanted| wanted == "write") {
        std::fs::write(CONTRACT, is.join("\n") + "\n").unwrap();
    }
    let kept = std::fs::read_to_string(CONTRACT).unwrap();
    let was: Vec<&str> = kept.lines().collect();
    let gone = was.iter().filter(|line| !is.iter().any(|now| now == *line));
    let came = is.iter().filter(|line| !was.contains(&line.as_str())).map(String::as_str);
    let changed: BTreeSet<&str> = gone.copied().chain(came).filter_map(|line| Some(line.split_once(' ')?.1)).collect();
    assert!(
        changed.is_empty(),
        "/openapi.json is not what it was: {changed:#?}\nCallers were promised it. `loyalty openapi` before and after shows the \
         difference. If it is meant, run `LOYALTY_CONTRACT=write cargo test --test histories contract` and commit {CONTRACT} \
         together with the change."
    );
    assert!(parts.len() > 150, "{}", parts.len());
}

/// Each call, each schema and what else the contract is made of.
fn part(name: &str, value: &Value, depth: u8, parts: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) if depth < 3 => {
            for (field, value) in fields {
                part(&format!("{name}/{field}"), value, depth + 1, parts);
            }
        }
        _ => {
            parts.insert(name.to_owned(), hex::encode(&Sha256::digest(value.to_string())[..8]));
        }
    }
}
