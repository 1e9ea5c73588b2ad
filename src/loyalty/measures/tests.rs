//! Places, windows, and what a part of a measure keeps.

use super::*;

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
    for wrong in ["", "367D", "0D", "25M", "7", "D", "fortnight", "30d ", "õ"] {
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

#[test]
fn a_window_is_final_ninety_days_after_its_end() {
    let month: Window = "month".parse().unwrap();
    for (now, is) in [("2027-03-31T21:59:59Z", false), ("2027-03-31T22:00:00Z", true)] {
        assert_eq!(is_final(month, "2026-12", (at(now), &zone())), is, "{now}");
    }
    assert!(!is_final(Window::Ever, "ever", (at("2200-01-01T00:00:00Z"), &zone())));
}
