//! Measures: numbers that are a function of a member's order documents and outside events, and of nothing else. What an order's
//! document gives before a state and after it is worked out, and the difference is posted; nothing of it is kept in the order.
//! A measure is known by its definition, so rows share one; it begins with the version that first needs it, or counts the past
//! too: then a document holds it whole, or not at all. A window is final some days after its end (the setting `Late`): it is forgotten
//! then, and neither late orders nor returns move it any more.

mod checking;
mod definition;
mod past;
mod posting;
mod reading;
mod window;

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::loyalty::Programmes;

pub use checking::{Occurred, differences};
pub use definition::{Counts, Measure, Needed, Of, Own, counts_past};
pub use past::{MOST_COUNTED_BACK, PastCounted, missing};
pub(in crate::loyalty) use posting::Happened;
pub use reading::{Given, of_event, of_order};
pub use window::{LONGEST_DAYS, LONGEST_ROW, Unit, Window};

/// Different values of one window that are kept; from then on it is full, nothing new is kept, and it stays so.
const VALUES: usize = 200;
/// The value of a window that is full; no name is this.
const FULL: &str = "/";

/// What is kept of one measure: a number for each place (a window, or a day or month of one that rolls), or how many standing
/// orders have each value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Part {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, i64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, BTreeMap<String, i64>>,
    /// It counts the past, too, and that is here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    /// There was too much of the past: what is earlier does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins: Option<Timestamp>,
}

/// Measures by whose orders and events they count (a member, or who turned out to be it), and by what they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Measures(BTreeMap<String, BTreeMap<String, Part>>);

impl Part {
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.values.is_empty() && !self.whole
    }

    /// Adds what is given at a place, or takes it back.
    pub fn change(&mut self, place: &str, given: &Given, sign: i64) {
        match given {
            Given::Number(number) => {
                let kept = self.numbers.entry(place.to_owned()).or_default();
                *kept += sign * number;
                if *kept == 0 {
                    self.numbers.remove(place);
                }
            }
            Given::Values(values) => {
                let kept = self.values.entry(place.to_owned()).or_default();
                for value in values {
                    count(kept, value, sign);
                }
                if kept.is_empty() {
                    self.values.remove(place);
                }
            }
        }
    }

    /// What is there at a place.
    pub fn at(&self, place: &str) -> i64 {
        let different = self.values.get(place).map_or(0, |values| number(values.len()));
        (different + self.numbers.get(place).copied().unwrap_or(0)).max(0)
    }

    /// Places with something in them, by time.
    pub fn places(&self) -> impl Iterator<Item = &String> {
        self.numbers.keys().chain(self.values.keys())
    }

    /// What is there from one place to another, both included: places of one kind sort by time.
    pub fn between(&self, first: &str, last: &str) -> i64 {
        let (first, last) = (first.to_owned(), last.to_owned());
        let numbers: i64 = self.numbers.range(first.clone()..=last.clone()).map(|(_, number)| number).sum();
        let different: BTreeSet<&String> =
            self.values.range(first..=last).flat_map(|(_, values)| values.keys()).collect();
        (numbers + number(different.len())).max(0)
    }

    /// The value that most places from this one on have, if at least two do: of equals that of the last place, then the first by name.
    pub fn top(&self, first: &str) -> Option<&str> {
        let mut places = BTreeMap::<&str, (usize, &str)>::new();
        for (place, values) in self.values.range(first.to_owned()..) {
            for value in values.keys().filter(|value| *value != FULL) {
                let has = places.entry(value).or_insert((0, place.as_str()));
                *has = (has.0 + 1, place.as_str());
            }
        }
        let several = places.into_iter().filter(|(_, (many, _))| *many >= 2);
        several.max_by_key(|(value, has)| (*has, Reverse(*value))).map(|(value, _)| value)
    }

    fn plus(&mut self, other: &Self) {
        for (place, number) in &other.numbers {
            *self.numbers.entry(place.clone()).or_default() += number;
        }
        for (place, values) in &other.values {
            let kept = self.values.entry(place.clone()).or_default();
            for (value, orders) in values {
                *kept.entry(value.clone()).or_default() += orders;
            }
        }
        self.whole |= other.whole;
        self.begins = self.begins.max(other.begins);
    }

    fn forget(&mut self, window: Window, (now, programmes): (Timestamp, &Programmes)) {
        self.numbers.retain(|place, _| !is_final(window, place, (now, programmes)));
        self.values.retain(|place, _| !is_final(window, place, (now, programmes)));
    }
}

fn count(kept: &mut BTreeMap<String, i64>, value: &str, sign: i64) {
    let (full, many) = (kept.contains_key(FULL), kept.len() >= VALUES);
    match kept.get_mut(value) {
        Some(orders) => *orders += sign,
        None if sign < 0 || full => {}
        None if many => drop(kept.insert(FULL.to_owned(), 1)),
        None => drop(kept.insert(value.to_owned(), 1)),
    }
    if kept.get(value) == Some(&0) {
        kept.remove(value);
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The first instant after a part of the calendar, by its name alone; none of what never ends.
pub fn end_of(place: &str, zone: &TimeZone) -> Option<Timestamp> {
    Window::Each(Unit::of(place)?).end(place, zone)
}

/// Whether nothing moves what lies at this place any more.
pub fn is_final(window: Window, place: &str, (now, programmes): (Timestamp, &Programmes)) -> bool {
    let end = window.end(place, &programmes.live().programme.settings.zone);
    end.is_some_and(|end| programmes.is_late(end, now))
}

impl Measures {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose orders and events count here.
    pub fn owners(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// What is kept of each owner.
    pub fn parts(&self, owner: &str) -> impl Iterator<Item = (&String, &Part)> {
        self.0.get(owner).into_iter().flatten()
    }

    /// A measure of this member and of all who turned out to be it.
    pub fn together<'k>(&self, key: impl Fn(&str) -> Option<Cow<'k, str>>) -> Part {
        let mut together = Part::default();
        for (owner, parts) in &self.0 {
            if let Some(part) = key(owner).and_then(|key| parts.get(key.as_ref())) {
                together.plus(part);
            }
        }
        together
    }

    fn part(&self, owner: &str, key: &str) -> Option<&Part> {
        self.0.get(owner)?.get(key)
    }

    fn change(&mut self, (owner, key): (&str, &str), change: impl FnOnce(&mut Part)) {
        let parts = self.0.entry(owner.to_owned()).or_default();
        let part = parts.entry(key.to_owned()).or_default();
        change(part);
        if part.is_empty() {
            parts.remove(key);
        }
        if parts.is_empty() {
            self.0.remove(owner);
        }
    }

    /// Forgets what nothing needs.
    fn keep(&mut self, is_needed: impl Fn(&str, &str) -> bool) {
        for (owner, parts) in &mut self.0 {
            parts.retain(|key, _| is_needed(owner, key));
        }
        self.0.retain(|_, parts| !parts.is_empty());
    }

    /// Forgets windows that are final.
    pub fn forget(&mut self, now: Timestamp, programmes: &Programmes) {
        for parts in self.0.values_mut() {
            for (key, part) in parts.iter_mut() {
                part.forget(definition::window_of(key), (now, programmes));
            }
            parts.retain(|_, part| !part.is_empty());
        }
        self.0.retain(|_, parts| !parts.is_empty());
    }

    /// What another member brings stands beside what is here.
    pub fn take_in(&mut self, came: &Self) {
        for (owner, parts) in &came.0 {
            let kept = self.0.entry(owner.clone()).or_default();
            for (key, part) in parts {
                kept.entry(key.clone()).or_default().plus(part);
            }
        }
    }

    /// What is theirs goes with them, whole.
    pub fn give_back(&mut self, owners: &BTreeSet<String>) -> Self {
        let mut theirs = Self::default();
        for owner in owners {
            theirs.0.extend(self.0.remove_entry(owner));
        }
        theirs
    }
}

#[cfg(test)]
mod tests;
