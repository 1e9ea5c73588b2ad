//! What is brought leads to no word; what falls due beside it does.

#[path = "../support/books.rs"]
mod books;

use std::sync::Arc;

use books::{Ledger, at};
use loyalty_connector::{
    loyalty::{
        Fact, Programmes, Version,
        event::{Adjustment, Joined, Opening, OpeningState},
        intent::Action,
        programme::check,
    },
    programme::sample,
};

/// The sample, which reminds seven days before points end that live for thirty.
fn ledger() -> Ledger {
    let mut tables = sample::tables();
    let cells = &mut tables.0.get_mut("Programme").unwrap()[0].cells;
    cells.insert("Remind before expiry".to_owned(), "7D".to_owned());
    cells.insert("Expires".to_owned(), "30D".to_owned());
    let programme = Arc::new(check(&tables).unwrap());
    let version = Version { number: 1, effective_at: at("1970-01-01T00:00:00Z"), programme };
    Ledger::new(Programmes::new(vec![version]).unwrap())
}

fn opening(points: i64, expires_at: &str) -> Fact {
    Fact::Opening(Box::new(Opening {
        points,
        state: OpeningState::Available,
        available_from: None,
        expires_at: Some(at(expires_at)),
        expires_after: None,
        awaits: None,
        held: false,
        goods: Vec::new(),
        hold: None,
    }))
}

#[test]
fn a_reminder_is_due_for_what_was_there_and_not_for_what_is_brought() {
    let mut ledger = ledger();
    ledger.accept(Fact::Joined(Joined::default())).unwrap();
    ledger
        .accept(Fact::Adjustment(Adjustment { points: 40, reason: "welcome".to_owned(), ..Adjustment::default() }))
        .unwrap();
    ledger.now = at("2026-12-14T12:00:00Z"); // the 40 points end on the 20th: their reminder was due on the 13th
    let brought = ledger.decide(opening(500, "2026-12-18T00:00:00Z")).unwrap();
    let told: Vec<i64> = brought
        .intents
        .iter()
        .filter_map(|intent| match &intent.action {
            Action::Signal { data, .. } => data["points"].as_i64(),
            _ => None,
        })
        .collect();
    assert_eq!(told, [40], "of the 500, whose reminder would have been due on the 11th, nothing is said");
    assert_eq!(ledger.member.balance.available, 540);
    ledger.check_books();
}

#[test]
fn points_that_ended_before_they_came_are_gone_at_once() {
    let mut ledger = ledger();
    ledger.accept(Fact::Joined(Joined::default())).unwrap();
    ledger.accept(opening(70, "2026-11-01T00:00:00Z")).unwrap();
    assert_eq!(ledger.member.balance.available, 0);
    ledger.check_books();
}
