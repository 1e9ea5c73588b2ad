//! What is counted of a member: orders, money and points, and which of the first purchases is which.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{programme::NUMBERED, values::changes::document};

/// Counters that rules and people look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Progress {
    /// The order that holds the place of the first purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_purchase: Option<String>,
    /// The orders that are the member's purchases number one, two, three ..., where a rule asks for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub places: BTreeMap<u8, String>,
    /// How many purchases stood before any rule asked: they have the first numbers for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places_before: Option<i64>,
    /// Orders that earn now.
    #[serde(default)]
    pub orders: i64,
    /// Minor units paid for goods in orders that earn now.
    #[serde(default)]
    pub spent: i64,
    /// Points ever awarded, less those taken back.
    #[serde(default)]
    pub earned: i64,
}

impl Progress {
    /// The number that the next purchase has: the lowest that is free, of those that are kept. `others` is how many other orders
    /// stand; they come first where no rule asked before.
    pub fn next_place(&self, others: i64) -> Option<u8> {
        let before = self.places_before.unwrap_or(others);
        (1..=NUMBERED).find(|number| i64::from(*number) > before && !self.places.contains_key(number))
    }

    /// A purchase takes its number, or gives it back.
    pub fn place(&mut self, order: &str, place: Option<u8>) {
        self.places.retain(|_, holder| holder != order);
        self.places.extend(place.map(|place| (place, order.to_owned())));
        self.places_before = self.places_before.filter(|before| *before != 0 || !self.places.is_empty());
    }

    /// Another one's purchases keep their numbers as far as they are free.
    pub fn take_places(&mut self, other: &Self) {
        for (place, order) in &other.places {
            self.places.entry(*place).or_insert_with(|| order.clone());
        }
        let both = self.places_before.unwrap_or(0) + other.places_before.unwrap_or(0);
        self.places_before = self.places_before.or(other.places_before).map(|_| both);
    }

    /// The other way round.
    pub fn give_places_back(&mut self, other: &Self) {
        self.places.retain(|place, order| other.places.get(place) != Some(order));
        let Some(theirs) = other.places_before else { return };
        let left = self.places_before.unwrap_or(0) - theirs;
        self.places_before = Some(left).filter(|left| *left != 0 || !self.places.is_empty());
    }
}

document!(Progress {
    earned: always,
    first_purchase: seldom,
    orders: always,
    places: seldom,
    places_before: seldom,
    spent: always,
});

#[cfg(test)]
mod tests {
    use proptest::{collection::btree_map, option, prelude::*};

    use super::*;

    fn progress(name: &'static str) -> impl Strategy<Value = Progress> {
        (option::of(0i64..4), btree_map(1u8..=NUMBERED, 0..9, 0..4)).prop_map(move |(before, places)| {
            let places: BTreeMap<u8, String> =
                places.into_iter().map(|(place, order)| (place, format!("{name}{order}"))).collect();
            let before = if places.is_empty() { before.filter(|before| *before > 0) } else { before.or(Some(0)) };
            Progress { places_before: before, places, ..Progress::default() }
        })
    }

    proptest! {
        #[test]
        fn purchases_of_another_one_come_and_go_with_their_numbers(own in progress("own"), theirs in progress("their")) {
            let mut both = own.clone();
            both.take_places(&theirs);
            prop_assert!(own.places.iter().all(|(place, order)| both.places[place] == *order));
            both.give_places_back(&theirs);
            prop_assert_eq!(both, own);
        }
    }
}
