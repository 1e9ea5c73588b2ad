//! The histories concern every mechanic there is: what each keeps of a member is written, changed and, with the properties beside this
//! file, replayed, merged, taken back and put into either store. A mechanic whose rows are in none of them is found here.

use std::collections::BTreeSet;

use loyalty_connector::{loyalty::mechanics::KEPT, store::EventRow};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::Value;

use crate::{goals, happens, play};

/// Enough that each mechanic has its turn.
const HISTORIES: usize = 60;

/// The fields of members' documents that these rows changed.
fn changed(rows: &[EventRow], fields: &mut BTreeSet<String>) {
    for row in rows {
        let changes: Value = serde_json::from_str(&row.changes).unwrap();
        let member = changes.get("member").and_then(Value::as_object);
        fields.extend(member.into_iter().flatten().filter(|(_, is)| !is.is_null()).map(|(field, _)| field.clone()));
    }
}

#[test]
fn every_registered_mechanic_takes_part_in_the_histories_that_the_promises_are_held_over() {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (of_all, of_goals) = ((happens::setting(), happens::history()), goals::steps());
    let mut fields = BTreeSet::new();
    for _ in 0..HISTORIES {
        let (setting, history) = of_all.new_tree(&mut runner).unwrap().current();
        let mut one = play::Play::new(&setting);
        for step in &history {
            one.step(step);
        }
        changed(&one.ledger.rows, &mut fields);
        let steps = of_goals.new_tree(&mut runner).unwrap().current();
        changed(&goals::played(&steps), &mut fields);
    }
    let unseen = KEPT.iter().flat_map(|(mechanic, kept)| kept.iter().map(move |field| (mechanic, field)));
    let unseen: Vec<_> = unseen.filter(|(_, field)| !fields.contains(**field)).collect();
    assert!(KEPT.len() >= 9 && unseen.is_empty(), "no history changes {unseen:?} of a member; changed are {fields:?}");
}
