//! What a document keeps of one measure, place by place.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Given, Window, is_final};
use crate::loyalty::Programmes;

/// Different values of one window that are kept; from then on it is full, nothing new is kept, and it stays so.
const VALUES: usize = 200;
/// The value of a window that is full; no name is this.
pub(super) const FULL: &str = "/";

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

    pub(super) fn plus(&mut self, other: &Self) {
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

    /// Of places in the order of time the first are final first.
    pub(super) fn forget(&mut self, window: Window, when: (Timestamp, &Programmes)) {
        while self.numbers.first_key_value().is_some_and(|(place, _)| is_final(window, place, when)) {
            self.numbers.pop_first();
        }
        while self.values.first_key_value().is_some_and(|(place, _)| is_final(window, place, when)) {
            self.values.pop_first();
        }
    }

    /// Whether something of it is final, so that it is to be forgotten.
    pub(super) fn has_final(&self, window: Window, when: (Timestamp, &Programmes)) -> bool {
        let first = [self.numbers.keys().next(), self.values.keys().next()];
        first.into_iter().flatten().any(|place| is_final(window, place, when))
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
