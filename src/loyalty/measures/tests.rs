//! Places, windows, and what a part of a measure keeps.

use std::sync::Arc;

use jiff::SignedDuration;

use super::*;
use crate::{
    loyalty::{Version, programme::check},
    programme::sample,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone() -> TimeZone {
    TimeZone::get("Europe/Tallinn").unwrap()
}

#[test]
fn an_instant_lies_where_the_calendar_of_the_shop_says() {
    for (window, instant, place, end) in [
        ("day", "2026-12-31T22:30:00Z", "2027-01-01", Some("2027-01-01T22:00:00Z")),
        ("week", "2026-12-31T22:30:00Z", "2026-W53", Some("2027-01-03T22:00:00Z")),
        ("month", "2026-12-31T21:30:00Z", "2026-12", Some("2026-12-31T22:00:00Z")),
        ("quarter", "2026-11-20T10:00:00Z", "2026-Q4", Some("2026-12-31T22:00:00Z")),
        ("year", "2026-11-20T10:00:00Z", "2026", Some("2026-12-31T22:00:00Z")),
        ("ever", "2026-11-20T10:00:00Z", "ever", None),
        ("30D", "2026-11-20T10:00:00Z", "2026-11-20", Some("2026-12-19T22:00:00Z")),
        ("3M", "2026-11-20T10:00:00Z", "2026-11", Some("2027-01-31T22:00:00Z")),
    ] {
        let window: Window = window.parse().unwrap();
        assert_eq!(window.place(at(instant), &zone()), place, "{window}");
        assert_eq!(window.end(place, &zone()), end.map(at), "the end of {place} in {window}");
        assert_eq!(window.to_string().parse(), Ok(window));
        let unit = window.unit();
        assert_eq!(Unit::of(place), unit, "{place}");
    }
    for wrong in ["", "367D", "0D", "25M", "7", "D", "fortnight", "30 dogs", "õ"] {
        assert!(wrong.parse::<Window>().is_err(), "{wrong}");
    }
}

#[test]
fn parts_of_the_calendar_follow_one_another() {
    for (window, place, before) in [
        ("days in a row", "2026-03-01", "2026-02-28"),
        ("weeks in a row", "2027-W01", "2026-W53"),
        ("months in a row", "2027-01", "2026-12"),
    ] {
        assert_eq!(window.parse::<Window>().unwrap().before(place, 1).as_deref(), Some(before));
    }
}

#[test]
fn a_value_stays_while_one_order_has_it_and_a_full_window_stays_full() {
    let mut part = Part::default();
    let of = |value: usize| Given::Values([format!("v{value:03}")].into());
    part.change("2026-11", &of(0), 1);
    part.change("2026-11", &of(0), 1);
    part.change("2026-11", &of(0), -1);
    assert_eq!(part.at("2026-11"), 1);
    part.change("2026-11", &of(0), -1);
    assert!(part.is_empty(), "what says nothing is not there");
    for value in 0..300 {
        part.change("2026-11", &of(value), 1);
    }
    assert_eq!(part.at("2026-11"), 201);
    for value in 0..300 {
        part.change("2026-11", &of(value), -1);
    }
    assert_eq!(part.values["2026-11"].keys().collect::<Vec<_>>(), [FULL]);
    part.change("2026-11", &of(7), 1);
    assert_eq!(part.at("2026-11"), 1, "it stays full");
}

/// Versions that say how late, each from its instant on.
fn late(versions: &[(&str, &str)]) -> Programmes {
    let versions = (1..).zip(versions).map(|(number, (late, effective_at))| {
        let mut tables = sample::tables();
        let cells = &mut tables.0.get_mut("Programme").unwrap()[0].cells;
        cells.extend(
            [("Late", late), ("Time zone", &"Europe/Tallinn")]
                .map(|(name, text)| (name.to_owned(), (*text).to_owned())),
        );
        Version { number, effective_at: at(effective_at), programme: Arc::new(check(&tables).unwrap()) }
    });
    Programmes::new(versions.collect()).unwrap()
}

#[test]
fn a_window_is_final_so_long_after_its_end_as_the_setting_says() {
    let month: Window = "month".parse().unwrap();
    let first = "2026-01-01T00:00:00Z";
    for (says, final_at) in
        [("", "2027-03-31T22:00:00Z"), ("90D", "2027-03-31T22:00:00Z"), ("30D", "2027-01-30T22:00:00Z")]
    {
        let (programmes, final_at) = (late(&[(says, first)]), at(final_at));
        let is = |now| is_final(month, "2026-12", (now, &programmes));
        assert_eq!((is(final_at - SignedDuration::from_secs(1)), is(final_at)), (false, true), "{says}");
    }
    assert!(!is_final(Window::Ever, "ever", (at("2200-01-01T00:00:00Z"), &late(&[("1D", first)]))));
}

#[test]
fn what_was_final_once_stays_so_whatever_the_setting_says_later() {
    let month: Window = "month".parse().unwrap();
    let programmes =
        late(&[("30D", "2026-01-01T00:00:00Z"), ("90D", "2027-02-10T00:00:00Z"), ("10D", "2027-04-01T00:00:00Z")]);
    let is = |versions, place, now| is_final(month, place, (at(now), &programmes.as_of(versions)));
    assert!(is(2, "2026-12", "2027-02-11T00:00:00Z"), "thirty days were over when it became longer");
    assert!(!is(2, "2027-01", "2027-03-20T00:00:00Z"), "its thirty days were not");
    assert!(is(3, "2027-01", "2027-04-01T00:00:00Z"), "shorter, it holds at once");
    assert!(!is(2, "2027-01", "2027-04-01T00:00:00Z"));
}

#[test]
fn what_is_bought_on_most_days_is_on_top_of_equals_the_one_bought_last_and_nothing_that_was_bought_once() {
    let mut part = Part::default();
    let mut bought = |day: &str, values: &[&str]| {
        part.change(day, &Given::Values(values.iter().map(|value| (*value).to_owned()).collect()), 1);
        part.clone()
    };
    assert_eq!(bought("2026-11-01", &["tea", "cake"]).top(""), None, "once is nothing");
    let part = bought("2026-11-01", &["tea"]);
    assert_eq!(part.top(""), None, "twice on one day is one day");
    assert_eq!(bought("2026-11-05", &["cake"]).top(""), Some("cake"));
    let part = bought("2026-11-07", &["tea"]);
    assert_eq!(
        (part.top(""), part.top("2026-11-02")),
        (Some("tea"), None),
        "of equals the last one; what is too long ago is out"
    );
    assert_eq!(bought("2026-11-07", &["cake", "apple"]).top(""), Some("cake"));
    let part = bought("2026-11-01", &["apple"]);
    assert_eq!(part.top(""), Some("cake"));
}

#[test]
fn a_category_is_told_apart_by_so_many_parts_of_its_path() {
    let parts = ["drinks/coffee/filter", "drinks", "drinks/coffee"].map(|path| reading::first_parts(path, 2));
    assert_eq!(parts, [Some("drinks/coffee".to_owned()), None, Some("drinks/coffee".to_owned())]);
}
