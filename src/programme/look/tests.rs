//! What is said of the sample after cells were changed.

use super::*;
use crate::programme::{ORDERS_ENOUGH, core, names::Kind, sample};

/// What is said of the sample after these cells were changed: `(table, row, column, text)`.
fn said(cells: &[(&str, usize, &str, &str)], known: &Known) -> Vec<String> {
    let mut tables = sample::tables();
    for (table, row, column, text) in cells {
        let row = &mut tables.0.get_mut(*table).unwrap()[*row];
        row.cells.insert((*column).to_owned(), (*text).to_owned());
    }
    let mut problems = Vec::new();
    let programme = core(&tables, |_| false, &mut problems);
    assert_eq!(problems, []);
    look(&tables, &programme, known).iter().map(ToString::to_string).collect()
}

fn seen() -> Known {
    let mut seen = Seen::after(ORDERS_ENOUGH);
    for (kind, name) in [
        (Kind::Category, "Sport / Shoes / Running"),
        (Kind::Category, "gift-cards"),
        (Kind::Event, "Review"),
        (Kind::Segment, "VIP buyers"),
    ] {
        seen.add(kind, name);
    }
    Known { seen, ..Known::default() }
}

#[test]
fn the_sample_has_nothing_to_look_at() {
    assert_eq!(said(&[], &Known::default()), Vec::<String>::new(), "nothing came yet, so nothing is known");
    assert_eq!(said(&[], &seen()), Vec::<String>::new());
}

#[test]
fn what_never_comes_is_known_after_some_orders_and_a_slip_at_once() {
    let after = |orders: usize| {
        let mut seen = Seen::after(orders);
        seen.add(Kind::Category, "sport/shoes/running");
        seen.add(Kind::Event, "visit");
        Known { seen, ..Known::default() }
    };
    assert_eq!(said(&[], &after(1)), Vec::<String>::new(), "a first purchase says nothing about the sample");
    let found = said(&[], &after(ORDERS_ENOUGH));
    assert!(found.len() == 1 && found[0].contains("no event of type `review` has ever come"), "{found:?}");
    let (garden, shoe) = ("garden", "sport/shoe");
    for (column, table, name, orders, expected) in [
        ("Categories", "Rules", garden, ORDERS_ENOUGH - 1, false),
        ("Categories", "Rules", garden, ORDERS_ENOUGH, true),
        ("Excluded categories", "Programme", garden, ORDERS_ENOUGH, false),
        ("Categories", "Rules", shoe, 1, true),
        ("Excluded categories", "Programme", shoe, 1, true),
    ] {
        let found = said(&[(table, 0, column, name)], &after(orders));
        assert_eq!(found.iter().any(|found| found.contains(name)), expected, "{column} {name} {orders}: {found:?}");
    }
}

#[test]
fn a_slip_in_a_name_of_the_connectors_own_is_said_though_nothing_came_yet() {
    for (table, row, column, text, found) in [
        ("Rules", 3, "Event", "purchas", "no event of type `purchas` has ever come; is `purchase` meant?"),
        ("Rules", 3, "Event", "birthdya", "is `birthday` meant?"),
        ("Rules", 3, "Event", "goal.dnoe:shoe-card", "is `goal.done:shoe-card` meant?"),
        ("Rules", 0, "Waits", "event:Joind", "is `joined` meant?"),
        ("Texts", 0, "Text", "thank_yuo", "no message of ours is called `thank_yuo`; is `thank_you` meant?"),
    ] {
        let said = said(&[(table, row, column, text)], &Known::default());
        assert!(said.len() == 1 && said[0].contains(found), "{text}: {said:?}");
    }
    for fine in ["review", "course.joined", "quiz", "goal.done:shoe-card"] {
        assert_eq!(said(&[("Rules", 3, "Event", fine)], &Known::default()), Vec::<String>::new(), "{fine}");
    }
}

#[test]
fn what_probably_does_not_work_or_is_not_meant_is_said_in_its_cell() {
    for (table, row, column, text, found) in [
        ("Rules", 1, "Categories", "sport/shoe", "no category `sport/shoe` has ever come; is `Sport / Shoes` meant?"),
        ("Rules", 1, "Categories", "SPORT/shoes, garden", "no category `garden` has ever come"),
        ("Rules", 3, "Event", "reviews", "no event of type `reviews` has ever come; is `Review` meant?"),
        ("Rules", 0, "Waits", "event:reveiw", "no event of type `reveiw` has ever come; is `Review` meant?"),
        ("Rules", 0, "Segments", "vip buyer", "no segment `vip buyer` has ever come; is `VIP buyers` meant?"),
        ("Programme", 0, "Excluded categories", "gift-card", "is `gift-cards` meant?"),
        ("Codes", 0, "Categories", "toys", "no category `toys` has ever come"),
        ("Texts", 0, "Body", "{{ name }}, {{ point }}", "nothing fills `{{ point }}`; is `points` meant?"),
        ("Rules", 0, "Expires", "12m", "`12m`: these points end within a day; M is months, m is minutes"),
        ("Programme", 0, "Expires", "23h", "these points end within a day"),
        ("Rules", 2, "Points", "100000", "100000 points worth 1000.00 EUR"),
        ("Rules", 0, "Points", "100", "for 1.00 EUR it gives points that pay 1.00 EUR"),
        ("Rules", 1, "Multiplier", "20", "more than 10 times the points"),
        ("Tiers", 2, "Birthday points", "200000", "200000 points worth 2000.00 EUR"),
    ] {
        let said = said(&[(table, row, column, text)], &seen());
        let key = sample::tables().rows(table)[row].key.clone();
        let place = format!("{table}, row {key}, {column}: ");
        assert!(said.len() == 1 && said[0].starts_with(&place) && said[0].contains(found), "{table} {text}: {said:?}");
    }
    let long = "x".repeat(201);
    let found = said(&[("Rules", 0, "Name", &long)], &seen());
    assert!(found.len() == 1 && found[0].contains("has 201 characters"), "{found:?}");
}

#[test]
fn another_currency_and_a_tier_that_is_worn_are_said() {
    let before = Some(core(&sample::tables(), |_| false, &mut Vec::new()));
    let worn = BTreeMap::from([("platinum".to_owned(), 3)]);
    let found = said(&[("Programme", 0, "Currency", "USD")], &Known { before, worn, ..seen() });
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("was EUR and is USD now"), "{found:?}");
    assert_eq!(found[1], "Tiers: `platinum` is gone, worn by 3 members, who will have what is earned");
}

#[test]
fn points_for_coming_into_a_segment_or_a_tier_without_a_cap_can_be_had_again_and_again() {
    let rule = |cells: &[(&str, &str)]| {
        let cells: Vec<_> = cells.iter().map(|(column, text)| ("Rules", 0, *column, *text)).collect();
        said(
            &[&[("Rules", 0, "Per amount", ""), ("Rules", 0, "Categories", "")], cells.as_slice()].concat(),
            &Known::default(),
        )
    };
    let again = |cells: &[(&str, &str)]| rule(cells).iter().any(|found| found.contains("gets the points each time"));
    for event in ["segment.entered", "Segment.Entered:vip", "segment.left:staff", "tier.changed:gold"] {
        assert!(again(&[("Event", event), ("Points", "50")]), "{event}");
        assert!(!again(&[("Event", event), ("Points", "50"), ("Cap per member", "50")]), "{event}");
    }
    assert!(!again(&[("Event", "goal.done:coffee"), ("Points", "50")]), "a goal is given once for one cause");
    assert!(!again(&[("Event", "review"), ("Points", "50")]));
}
