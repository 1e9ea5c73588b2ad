//! What is decided, recorded, explained and exported of the same histories stays what it was, byte for byte. A change of the
//! house may not touch it; a change of arithmetic raises ENGINE and writes new digests here, on purpose.

use loyalty_connector::{cli::export::rows, loyalty::ENGINE, store::writer::Person};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
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
            "0fb780492e2ffd88d6000fc3864120c4",
            "e9b2bb0a68d7a2989faa7830ec897565",
            "204baabfd638c740a65b5de94f0af537",
            "c6952edf38aa5389ff0b13c3943a6240",
        ],
    ),
    (
        MANY,
        [
            "a7e6c66b4aa1b79b766894959be4f598",
            "3fc90e22998bd6bfd06820146be77b75",
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
        add(documents, &serde_json::to_string(member).unwrap());
        let whose = who(member);
        add(exports, &rows::member(&whose, &Person::default(), member).to_string());
        for lot in rows::lots(&whose, member) {
            add(exports, &lot.to_string());
        }
    }
    for order in ledger.orders.values() {
        add(documents, &serde_json::to_string(order).unwrap());
        let owner = ledger.of(order.member.trim_start_matches("mem_")).0;
        add(exports, &rows::order(&who(owner), order).to_string());
    }
    ledger.explained.iter().for_each(|text| add(explanations, text));
}

fn add(digest: &mut Sha256, text: &str) {
    digest.update(text);
    digest.update([0x1f]);
}
