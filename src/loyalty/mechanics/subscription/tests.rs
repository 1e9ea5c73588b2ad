//! The end of a subscription follows from what stands of its orders alone; what cannot be meant is a problem of its cell.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::{collection::vec, prelude::*};

use super::{
    chain::Run,
    state::{Bought, Subscribed},
};
use crate::{
    loyalty::{mechanics::Keep, programme::check},
    programme::{csv, sample},
    values::span::Span,
};

fn zone() -> TimeZone {
    TimeZone::get("Europe/Tallinn").unwrap()
}

fn day(number: i64) -> Timestamp {
    "2026-01-31T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * number)
}

fn bought(lasts: &str, times: i64) -> Bought<'static> {
    if times == 0 { BTreeMap::new() } else { BTreeMap::from([("gold", (lasts.parse::<Span>().unwrap(), times))]) }
}

/// The rule, said once more: by payment, then by id; each begins where the one before it ends or when it was paid.
fn expected(orders: &BTreeMap<String, (i64, &'static str, i64)>) -> Option<Run> {
    let mut all: Vec<_> = orders.iter().filter(|(_, (.., times))| *times > 0).collect();
    all.sort_by_key(|(id, (paid, ..))| (*paid, *id));
    let mut run: Option<Run> = None;
    for (_, (paid, lasts, times)) in all {
        let paid_at = day(*paid);
        let mut next = match run {
            Some(run) if run.until >= paid_at => run,
            _ => Run { from: paid_at, until: paid_at },
        };
        for _ in 0..*times {
            next.until = lasts.parse::<Span>().unwrap().after(next.until, &zone());
        }
        run = Some(next);
    }
    run
}

/// Orders: the day of payment, how long a piece lasts, and the pieces that stand in each of their states.
fn orders() -> impl Strategy<Value = Vec<(i64, &'static str, Vec<i64>)>> {
    let lasts = prop_oneof![Just("1M"), Just("30D"), Just("12M"), Just("1M_M")];
    vec((0i64..300, lasts, vec(0i64..4, 1..4)), 1..9)
}

proptest! {
    #[test]
    fn whatever_the_order_of_arrival_the_last_states_alone_say_when_it_ends(
        orders in orders(), arrival in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..30),
    ) {
        let put = |kept: &mut Subscribed, order: usize, state: usize| {
            let (paid, lasts, states) = &orders[order];
            kept.put(("mem_1", &order.to_string()), day(*paid), &bought(lasts, states[state]));
        };
        let mut kept = Subscribed::default();
        for (order, state) in &arrival {
            let order = order.index(orders.len());
            put(&mut kept, order, state.index(orders[order].2.len()));
        }
        for order in (0..orders.len()).rev() {
            put(&mut kept, order, orders[order].2.len() - 1);
        }
        let last = orders.iter().enumerate().map(|(id, (paid, lasts, states))| (id.to_string(), (*paid, *lasts, states[states.len() - 1])));
        let last: BTreeMap<String, (i64, &'static str, i64)> = last.collect();
        prop_assert_eq!(kept.last_run("gold", &zone()), expected(&last));
        prop_assert_eq!(kept.is_empty(), expected(&last).is_none());
    }

    #[test]
    fn what_is_forgotten_a_year_after_its_end_moves_no_end(orders in orders(), every in 1i64..90) {
        let (mut kept, mut sold) = (Subscribed::default(), BTreeMap::new());
        let mut all: Vec<_> = orders.iter().enumerate().map(|(id, (paid, lasts, states))| (*paid, id.to_string(), *lasts, states[0])).collect();
        all.sort();
        for (paid, id, lasts, times) in all {
            kept.put(("mem_1", &id), day(paid * 7), &bought(lasts, times));
            sold.insert(id, (paid * 7, lasts, times));
            kept.forget(day(paid * 7 / every * every), &zone());
            prop_assert_eq!(kept.last_run("gold", &zone()), expected(&sold));
        }
        kept.forget(day(200_000), &zone());
        prop_assert_eq!(kept.last_run("gold", &zone()), expected(&sold));
        prop_assert_eq!(kept.orders_of("gold").count(), 0);
        // An old state that comes again moves nothing.
        for (id, (paid, lasts, times)) in &sold {
            kept.put(("mem_1", id), day(*paid), &bought(lasts, *times));
        }
        prop_assert_eq!(kept.last_run("gold", &zone()), expected(&sold));
    }

    #[test]
    fn what_two_bought_follows_each_other_while_they_are_one(orders in orders(), holders in vec(any::<bool>(), 9)) {
        let (mut one, mut other) = (Subscribed::default(), Subscribed::default());
        let mut sold = BTreeMap::new();
        for (id, (paid, lasts, states)) in orders.iter().enumerate() {
            let (part, owner) = if holders[id] { (&mut one, "mem_1") } else { (&mut other, "mem_2") };
            part.put((owner, &id.to_string()), day(*paid), &bought(lasts, states[0]));
            sold.insert(id.to_string(), (*paid, *lasts, states[0]));
        }
        let (was_one, was_other) = (one.clone(), other.clone());
        other.take_in(&one.leave());
        prop_assert_eq!(other.last_run("gold", &zone()), expected(&sold));
        let back = other.give_back(&["mem_1".to_owned()].into());
        one.take_in(&back);
        prop_assert_eq!((one, other), (was_one, was_other));
    }
}

#[test]
fn what_cannot_be_meant_is_a_problem_of_its_cell() {
    let problems = |rows: &str| {
        let mut tables = sample::tables();
        let rows = format!("Tier,Qualifying points,Sold as,Lasts\nbronze,0,,\n{rows}");
        tables.0.insert("Tiers".to_owned(), csv::read("Tiers", &rows).unwrap());
        let found = check(&tables).err().unwrap_or_default();
        found
            .iter()
            .map(|problem| format!("{}, {}: {}", problem.row, problem.column, problem.detail))
            .collect::<Vec<_>>()
    };
    let cases = [
        ("gold,10,GOLD,", "3, Lasts: is empty; write how long one piece lasts, like 1M or 12M"),
        ("gold,10,GOLD,0D", "3, Lasts: is no time at all"),
        ("gold,10,GOLD,a year", "3, Lasts: `a year` is not a duration"),
        ("gold,10,,12M", "3, Lasts: is the time of no article: fill Sold as"),
        (
            "gold,10,GOLD,1M\nplus,20, gold ,1Y",
            "4, Sold as: `gold` is sold as gold, too; a tier has an article of its own",
        ),
        ("basic,,GOLD,1M\ngold,,,", "4, Qualifying points: is empty; write 0 for the first tier"),
    ];
    for (rows, wanted) in cases {
        let found = problems(rows);
        assert!(found[0].starts_with(wanted), "{rows}: {found:?}");
    }
    let first = problems("gold,10,,").len();
    assert_eq!((first, problems("plus,,PLUS,1Y\nmore,,MORE,1Y")), (0, Vec::new()), "tiers that are only sold");
    let mut tables = sample::tables();
    tables
        .0
        .insert("Tiers".to_owned(), csv::read("Tiers", "Tier,Qualifying points,Sold as,Lasts\nall,0,ALL,1M").unwrap());
    let found = check(&tables).err().unwrap();
    assert_eq!(found[0].detail, "everybody has the first tier already: sell one above it");
}
