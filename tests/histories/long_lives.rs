//! A member who buys nearly twice a day for three years: the document stays small, and nothing of what it says is lost.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    audit::verify,
    loyalty::{
        Fact, OrderState, Programmes, Version,
        event::{HoldCaptured, HoldMade, Merged, Unmerged},
        order::{Revision, Status},
        programme::check,
    },
    programme::sample,
};
use serde_json::json;

use crate::books::{Ledger, NOW, at};

const ORDERS: i64 = 2_000;
const YEARS: i64 = 3;

/// What a document may take.
const BYTES: usize = 16_000;

fn ledger(change: impl Fn(&mut BTreeMap<String, String>)) -> Ledger {
    let mut tables = sample::tables();
    for table in ["Programme", "Rules"] {
        tables.0.get_mut(table).unwrap().iter_mut().for_each(|row| change(&mut row.cells));
    }
    let programme = Arc::new(check(&tables).unwrap());
    Ledger::new(Programmes::new(vec![Version { number: 1, effective_at: Timestamp::UNIX_EPOCH, programme }]).unwrap())
}

/// One order in five has sport shoes, one in ten comes back in part.
fn state(number: i64, placed_at: Timestamp, returned: bool) -> OrderState {
    let line = |id: &str, category: &str, price: i64, returned: i64| json!({ "id": id, "quantity": 1000, "unit_price": price, "category": category, "returned": returned });
    let mut lines = vec![line("1", "books", 1_990, if returned { 1000 } else { 0 }), line("2", "home", 2_990, 0)];
    if number % 5 == 0 {
        lines.push(line("3", "sport/shoes", 8_990, 0));
    }
    let (paid, revision) = (placed_at, if returned { 2 } else { 1 });
    let state = json!({ "status": "paid", "revision": revision, "placed_at": placed_at, "paid_at": paid, "currency": "EUR", "lines": lines });
    serde_json::from_value(state).unwrap()
}

fn buys(ledger: &mut Ledger, number: i64, returned: bool) {
    let placed_at = ledger.now;
    let id = format!("{}", 100_000 + number);
    let state = state(number, placed_at, returned);
    ledger.accept(Fact::Order { order_id: id, state: Box::new(state) }).unwrap();
}

fn spends(ledger: &mut Ledger, points: i64) {
    let wanted = HoldMade { points, ttl: None, order: None, currency: None, goods: Vec::new() };
    let made = ledger.decide(Fact::HoldMade(wanted)).unwrap();
    let hold = made.receipt.subject.unwrap().name().unwrap().1.to_owned();
    ledger.accept(Fact::HoldCaptured(HoldCaptured { hold: hold.clone(), points: None })).unwrap();
}

fn lives(ledger: &mut Ledger, spending: bool) -> usize {
    let start = at(NOW);
    let mut largest = 0;
    for number in 0..ORDERS {
        let hours = number * YEARS * 365 * 24 / ORDERS;
        ledger.now = start + SignedDuration::from_hours(hours);
        buys(ledger, number, false);
        if number % 10 == 3 {
            buys(ledger, number, true);
        }
        if spending && number % 40 == 39 && ledger.member.spendable() > 1_000 {
            spends(ledger, ledger.member.spendable() / 100 * 100);
        }
        if number % 50 == 0 {
            ledger.check_books();
        }
        let bytes = serde_json::to_string(&ledger.member).unwrap().len();
        largest = largest.max(bytes);
    }
    largest
}

/// All points that were given and not taken back, spent or expired are there, and whatever the shop sends of any of its orders.
fn every_order_comes_back(ledger: &mut Ledger) {
    let orders: Vec<_> = ledger.orders.iter().map(|(id, order)| (id.clone(), order.state.clone())).collect();
    for (id, state) in orders.into_iter().rev() {
        let revision = Revision::Number(9);
        let state = OrderState { status: Status::Cancelled, revision, ..state };
        ledger.accept(Fact::Order { order_id: id, state: Box::new(state) }).unwrap();
    }
    ledger.check_books();
}

#[test]
fn a_document_of_two_thousand_orders_in_three_years_stays_small_and_replays() {
    for spending in [false, true] {
        let mut ledger = ledger(|_| {});
        let largest = lives(&mut ledger, spending);
        assert!(largest < BYTES, "{largest} bytes, spending: {spending}");
        let balance = ledger.member.balance;
        for lot in ledger.member.lots.values() {
            assert!(lot.expires_at.is_some_and(|end| end > ledger.now), "{lot:?}");
        }
        assert_eq!(ledger.member.lots.values().map(|lot| lot.points).sum::<i64>(), balance.available);
        assert_eq!(verify::stream(&ledger.stream(), &ledger.programmes), Vec::<String>::new());
        every_order_comes_back(&mut ledger);
        let owed = ledger.member.balance;
        assert_eq!((owed.available, owed.pending, owed.debt > 0), (0, 0, spending), "{owed:?}");
        assert!(ledger.member.lots.is_empty(), "what no order gives is nowhere: {:?}", ledger.member.lots);
    }
}

/// Activity makes points live longer: ends of lots that were put together at different times meet, and then they are one.
#[test]
fn a_document_stays_small_where_activity_moves_the_ends() {
    let mut ledger = ledger(|cells| {
        for (column, text) in [("Expires", "3M"), ("Activity extends by", "3M"), ("Extends at most", "24M_M")] {
            if cells.contains_key("Currency") || column == "Expires" {
                cells.insert(column.to_owned(), text.to_owned());
            }
        }
    });
    let largest = lives(&mut ledger, false);
    assert!(largest < BYTES, "{largest} bytes: {:?}", ledger.member.lots.len());
    ledger.check_books();
    assert_eq!(verify::stream(&ledger.stream(), &ledger.programmes), Vec::<String>::new());
}

/// Two who were one for a while have, what each had put together, whole again.
#[test]
fn lots_that_were_put_together_go_back_to_whose_they_are() {
    // Which of two lots that end together is looked at first is a matter of names: both ways.
    for (first, second) in [("3", "4"), ("4", "3"), ("5", "6"), ("6", "5")] {
        go_back(first, second);
    }
}

fn go_back(first: &str, second: &str) {
    let mut ledger = ledger(|_| {});
    ledger.turn_to(first);
    let mut number = 0;
    let mut buy = |ledger: &mut Ledger, orders: i64| {
        for _ in 0..orders {
            number += 1;
            buys(ledger, number, false);
            ledger.now += SignedDuration::from_hours(13);
        }
    };
    buy(&mut ledger, 60);
    let one = ledger.member.balance;
    ledger.turn_to(second);
    buy(&mut ledger, 60);
    let other = ledger.member.balance;
    for name in [first, second] {
        let lots = ledger.of(name).0.lots.values();
        assert!(lots.clone().any(|lot| lot.alike) && lots.len() < 25, "{name} has put lots together");
    }
    ledger.turn_to(first);
    ledger.accept(Fact::Merged(Merged { into: format!("mem_{second}"), reason: "one".to_owned() })).unwrap();
    while ledger.follow().is_some() {}
    assert_eq!(ledger.member.balance.available, one.available + other.available);
    buy(&mut ledger, 40);
    let together = ledger.member.balance;
    let came = ledger.orders["100003"].clone(); // an order of the first one, long put together, is cancelled meanwhile
    let state = OrderState { status: Status::Cancelled, revision: Revision::Number(2), ..came.state.clone() };
    ledger.accept(Fact::Order { order_id: came.id.clone(), state: Box::new(state) }).unwrap();
    assert_eq!(ledger.member.balance.available, together.available - came.earned());
    ledger.accept(Fact::Unmerged(Unmerged { from: format!("mem_{first}"), reason: "two".to_owned() })).unwrap();
    while ledger.follow().is_some() {}
    for name in [first, second] {
        ledger.turn_to(name);
        ledger.check_books();
        assert_eq!(verify::stream(&ledger.stream(), &ledger.programmes), Vec::<String>::new());
    }
    assert_eq!(ledger.of(first).0.balance.available, one.available - came.earned());
    assert_eq!(ledger.of(second).0.balance.available, together.available - one.available);
}
