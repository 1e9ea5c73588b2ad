//! Who has not accepted yet to be a member: whichever states of their orders come before they accept and whichever after, in whatever
//! order, the same points open and end at the same instants; and one person accepts once.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    loyalty::{
        Fact, OrderState, Programmes, Version,
        event::{Accepted, Joined, Merged, TimePassed},
        lot::Lot,
        order::{Line, Revision, Status},
        programme::check,
    },
    programme::{Row, sample},
    values::money::Quantity,
};
use proptest::prelude::*;

use crate::{
    books::{Ledger, at},
    histories,
};

const ORDERS: usize = 3;
const WAITS: [&str; 5] = ["", "3D", "30D", "delivery", "delivery+1D"];
const PLACED: &str = "2026-11-10T12:00:00Z";

/// Euros of the goods, and how it stands: paid, delivered, in part returned, cancelled.
type State = (i64, usize);

/// Each is read and checked once.
static PROGRAMMES: LazyLock<BTreeMap<&str, Programmes>> =
    LazyLock::new(|| WAITS.into_iter().map(|waits| (waits, programmes(waits))).collect());

fn ledger(waits: &str) -> Ledger {
    let mut ledger = Ledger::new(PROGRAMMES[waits].clone());
    ledger.accept(Fact::Joined(Joined { unaccepted: true, ..Joined::default() })).unwrap();
    ledger
}

fn programmes(waits: &str) -> Programmes {
    let mut tables = sample::tables();
    let row = &mut tables.0.get_mut("Programme").unwrap()[0];
    row.cells.insert("New members".to_owned(), "points wait until they accept".to_owned());
    let cells = [("Rule", "base"), ("Points", "1"), ("Per amount", "1.00"), ("Expires", "2M"), ("Waits", waits)];
    let cells = cells.iter().filter(|(_, text)| !text.is_empty());
    let cells = cells.map(|(column, text)| ((*column).to_owned(), (*text).to_owned())).collect();
    tables.0.insert("Rules".to_owned(), vec![Row { key: "1".to_owned(), cells }]);
    let programme = Arc::new(check(&tables).unwrap());
    let version = Version { number: 1, effective_at: Timestamp::UNIX_EPOCH, programme };
    Programmes::new(vec![version]).unwrap()
}

/// An order's states say everything there is to know of it by themselves.
fn state(order: usize, number: usize, (euros, how): State) -> OrderState {
    let placed_at = at(PLACED) + SignedDuration::from_hours(24 * i64::try_from(order).unwrap());
    let line = Line { id: "1".to_owned(), quantity: Quantity(2000), unit_price: euros * 50, ..Line::default() };
    let mut state = OrderState::paid(Revision::Number(i64::try_from(number).unwrap()), placed_at, "EUR", vec![line]);
    state.paid_at = Some(placed_at + SignedDuration::from_hours(1));
    match how {
        1 => {
            state.status = Status::Fulfilled;
            state.fulfilled_at = Some(placed_at + SignedDuration::from_hours(30));
        }
        2 => state.lines[0].returned = Quantity(1000),
        3 => state.status = Status::Cancelled,
        _ => {}
    }
    state
}

fn send(ledger: &mut Ledger, sent: &[(usize, usize)], orders: &[Vec<State>]) {
    for (order, number) in sent {
        let Some(last) = orders[*order].len().checked_sub(1) else { continue };
        let number = *number.min(&last);
        ledger.order(&order.to_string(), &state(*order, number, orders[*order][number]));
        ledger.check_books();
        assert!(ledger.member.balance.available == 0 || !ledger.member.is_unaccepted(), "it waits until they accept");
    }
}

fn accept(ledger: &mut Ledger) {
    ledger.now = at("2026-12-01T12:00:00Z");
    ledger.accept(Fact::Accepted(Accepted::default())).unwrap();
    ledger.check_books();
}

/// The lots a day later, when all that was due has happened.
fn stands(ledger: &mut Ledger) -> BTreeMap<String, Lot> {
    ledger.now = at("2026-12-02T12:00:00Z");
    ledger.accept(Fact::TimePassed(TimePassed { due_at: ledger.now })).unwrap();
    ledger.check_books();
    ledger.member.lots.iter().map(|(id, lot)| (id.clone(), Lot::clone(lot))).collect()
}

fn all_last(orders: &[Vec<State>]) -> Vec<(usize, usize)> {
    (0..orders.len()).map(|order| (order, usize::MAX)).collect()
}

fn orders() -> impl Strategy<Value = Vec<Vec<State>>> {
    // A delivery, once told, is told by each later state.
    let states = prop::collection::vec((1i64..200, 0usize..4), 0..4).prop_map(|mut states: Vec<State>| {
        let delivered = states.iter().position(|(_, how)| *how == 1).unwrap_or(states.len());
        states.truncate(delivered + 1);
        states
    });
    prop::collection::vec(states, ORDERS)
}

fn arrivals() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0..ORDERS, 0usize..4), 0..8)
}

proptest! {
    #![proptest_config(histories())]

    #[test]
    fn whatever_comes_before_they_accept_and_after_ends_in_the_same_lots(
        orders in orders(), before in arrivals(), after in arrivals(),
        waits in prop::sample::select(WAITS.to_vec()),
    ) {
        let mut straight = ledger(waits);
        send(&mut straight, &all_last(&orders), &orders);
        accept(&mut straight);

        let mut shuffled = ledger(waits);
        send(&mut shuffled, &before, &orders);
        accept(&mut shuffled);
        send(&mut shuffled, &after, &orders);
        send(&mut shuffled, &all_last(&orders), &orders);
        prop_assert_eq!(stands(&mut straight), stands(&mut shuffled));
        prop_assert_eq!(straight.member.balance, shuffled.member.balance);
    }

    #[test]
    fn nobody_has_more_or_less_for_having_waited_under_two_names(
        orders in orders(), other in orders(), accepts in prop::sample::select(vec![0usize, 1, 2]),
    ) {
        let mut one = ledger("");
        send(&mut one, &all_last(&orders), &orders);
        let points = one.member.balance.pending;
        one.turn_to("2");
        one.accept(Fact::Joined(Joined { unaccepted: accepts != 2, ..Joined::default() })).unwrap();
        for (order, states) in other.iter().enumerate() {
            if let Some(last) = states.last() {
                one.order(&format!("b{order}"), &state(order, states.len() - 1, *last));
            }
        }
        let theirs = one.member.balance.pending + one.member.balance.available;
        one.turn_to("1");
        if accepts == 0 {
            accept(&mut one);
        }
        let reason = String::new();
        one.accept(Fact::Merged(Merged { into: "mem_2".to_owned(), reason })).unwrap();
        while one.follow().is_some() {}
        one.turn_to("2");
        let balance = one.member.balance;
        let waits = accepts == 1;
        prop_assert_eq!(one.member.is_unaccepted(), waits);
        let all = points + theirs;
        prop_assert_eq!((balance.pending, balance.available), if waits { (all, 0) } else { (0, all) });
        one.check_books();
    }
}
