//! What a member's document keeps of rewards and codes that rules gave, by whose doing.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::loyalty::mechanics::Keep;

/// By rule.
type ByRule = BTreeMap<String, Gift>;

/// By member, then by order or event, then by rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Given(BTreeMap<String, BTreeMap<String, ByRule>>);

/// What one rule gave for one order or event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gift {
    /// When it was last given.
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// The order meets the rule no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lost: bool,
}

impl Given {
    /// What was given for an order or event of this owner.
    pub fn for_one(&self, (owner, of): (&str, &str)) -> ByRule {
        self.0.get(owner).and_then(|given| given.get(of)).cloned().unwrap_or_default()
    }

    pub fn of(&self, (owner, of): (&str, &str), rule: &str) -> Option<&Gift> {
        self.0.get(owner)?.get(of)?.get(rule)
    }

    /// Whose, for what, of which rule.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, &str, &Gift)> {
        self.0.iter().flat_map(|(owner, given)| {
            given.iter().flat_map(move |(of, rules)| {
                rules.iter().map(move |(rule, gift)| (owner.as_str(), of.as_str(), rule.as_str(), gift))
            })
        })
    }

    pub fn put(&mut self, (owner, of): (&str, &str), rule: &str, gift: Gift) {
        self.0.entry(owner.to_owned()).or_default().entry(of.to_owned()).or_default().insert(rule.to_owned(), gift);
    }

    /// Keeps what is newer than the first of these instants, and of what is newer than the second so many, the newest.
    pub fn keep(&mut self, most: usize, (all_since, some_since): (Timestamp, Timestamp)) {
        let gifts = || self.0.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values);
        if gifts().all(|gift| gift.at > all_since) {
            return;
        }
        let mut instants: Vec<Timestamp> = gifts().map(|gift| gift.at).collect();
        instants.sort_unstable_by_key(|at| Reverse(*at));
        let oldest = instants.get(most - 1).copied().unwrap_or(Timestamp::MIN);
        let keeps = |gift: &Gift| gift.at > all_since || gift.at >= oldest && gift.at > some_since;
        for given in self.0.values_mut() {
            for rules in given.values_mut() {
                rules.retain(|_, gift| keeps(gift));
            }
            given.retain(|_, rules| !rules.is_empty());
        }
        self.0.retain(|_, given| !given.is_empty());
    }
}

impl Keep for Given {
    fn take_in(&mut self, came: &Self) {
        for (owner, given) in &came.0 {
            self.0.entry(owner.clone()).or_default().extend(given.clone());
        }
    }

    fn give_back(&mut self, owners: &BTreeSet<String>) -> Self {
        Self(owners.iter().filter_map(|owner| self.0.remove_entry(owner)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_month_is_kept_and_of_a_year_the_newest() {
        let day = |day: i64| Timestamp::from_second(day * 86_400).unwrap();
        let gift = |at| Gift { at: day(at), reward: None, offer: None, lost: false };
        let mut given = Given::default();
        for at in [1, 600, 700, 800, 990, 995, 999] {
            given.put(("mem_1", &format!("order {at}")), "coffee", gift(at));
        }
        given.keep(4, (day(980), day(500)));
        let kept = |at: i64| given.of(("mem_1", &format!("order {at}")), "coffee").is_some();
        assert_eq!([1, 600, 700, 800, 990, 995, 999].map(kept), [false, false, false, true, true, true, true]);
    }
}
