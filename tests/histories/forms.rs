//! Rows in another form than that of today: they say the same in other bytes, and are decided again all the same.

use loyalty_connector::{audit::verify, loyalty::chain, store::audit::Stream};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use crate::{
    happens::{self, MEMBERS},
    play::Play,
};

const HISTORIES: usize = 20;

/// The same rows as a version might have written them that knew other words for the receipt and put spaces where we put none.
fn in_another_form(mut stream: Stream, edit: impl Fn(usize, &mut Value, &mut Value)) -> Stream {
    let mut head = chain::GENESIS.to_owned();
    for (at, row) in stream.rows.iter_mut().enumerate() {
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let [mut given, mut entries, mut receipt] = [&row.given, &row.entries, &row.receipt].map(|text| read(text));
        given["form"] = json!(1_000);
        receipt["a word of then"] = json!(true);
        edit(at, &mut entries, &mut receipt);
        let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap();
        (row.given, row.entries, row.receipt) = (pretty(&given), pretty(&entries), pretty(&receipt));
        row.changes = pretty(&read(&row.changes));
        row.chain = row.link(&head);
        head.clone_from(&row.chain);
    }
    if let Some(document) = &mut stream.document {
        document.head = head;
    }
    stream
}

#[test]
fn rows_in_another_form_are_decided_again_and_held_against_what_they_mean() {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let both = (happens::setting(), happens::history());
    let (mut rows, mut changed) = (0, 0);
    for _ in 0..HISTORIES {
        let (setting, history) = both.new_tree(&mut runner).unwrap().current();
        let mut play = Play::new(&setting);
        for step in &history {
            play.step(step);
        }
        play.end();
        for member in 0..MEMBERS {
            let stream = in_another_form(play.stream(member), |_, _, _| {});
            let checked = verify::check(&stream, &play.ledger.programmes);
            assert_eq!((checked.findings, checked.only_checked), (Vec::new(), 0));
            rows += checked.decided_again;
            let last = stream.rows.len() - 1;
            let richer = in_another_form(play.stream(member), |at, _, receipt| {
                if at == last {
                    receipt["balance"]["available"] = json!(1_234_567);
                }
            });
            let moved = in_another_form(play.stream(member), |_, entries, _| {
                for entry in entries.as_array_mut().unwrap() {
                    entry["points"] = json!(entry["points"].as_i64().unwrap() + 1);
                }
            });
            let has_entries = stream.rows.iter().any(|row| row.entries.trim() != "[]");
            for (edited, column) in [(richer, Some("receipt")), (moved, has_entries.then_some("entries"))] {
                let findings = verify::stream(&edited, &play.ledger.programmes);
                let Some(column) = column else { continue };
                let said = format!("decided again, `{column}` differs from what the row says");
                assert!(findings.iter().any(|finding| finding.ends_with(&said)), "{findings:?}");
                changed += 1;
            }
        }
    }
    assert!(rows > 200 && changed > 60, "{rows} rows, {changed} changed");
}
