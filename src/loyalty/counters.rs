//! What many members share: a budget, a reward's stock, a code's uses. decide is given how much is used; what it looked at
//! is recorded with the event, so a replay sees the same; what it uses is written in the same commit.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::loyalty::Programmes;

/// One shared count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Count {
    pub used: i64,
    /// What a code is worth: the id of its offer. Absent for a code that does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
}

/// What a decision does to one count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Added to `used`.
    pub by: i64,
    /// A new offer, or none any more.
    pub offer: Option<Option<String>>,
    /// Where room was needed and nobody looked, as much as may be used before it: else it was decided by room that was not there.
    pub at_most: Option<i64>,
}

impl Change {
    /// This change and then another.
    pub fn and(&mut self, then: &Self) {
        self.needs(then.at_most.map(|at_most| at_most.saturating_sub(self.by)));
        self.by += then.by;
        if then.offer.is_some() {
            self.offer.clone_from(&then.offer);
        }
    }

    fn needs(&mut self, at_most: Option<i64>) {
        self.at_most = self.at_most.into_iter().chain(at_most).min();
    }
}

impl Count {
    #[must_use]
    pub fn changed(&self, change: &Change) -> Self {
        Self { used: self.used + change.by, offer: change.offer.clone().unwrap_or_else(|| self.offer.clone()) }
    }
}

/// Counts by key: `budget:base`, `stock:mug`, `code:SUMMER`, `by-hand:till:2026-11-20`.
pub type Counts = BTreeMap<String, Count>;

/// What a decision is given of counts, and what it is to think of the others.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    known: &'a Counts,
    others: Others,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Others {
    /// Nothing is used of them.
    Unused,
    /// Nobody looked: limits are far, and whoever commits holds that they were.
    Far,
}

impl<'a> From<&'a Counts> for Given<'a> {
    /// All that there are.
    fn from(known: &'a Counts) -> Self {
        Self { known, others: Others::Unused }
    }
}

impl<'a> Given<'a> {
    /// Those that were looked up, and those that stand in the row of an event. Of a limit whose count is not among them as much is given
    /// as is wanted, and what may be used at most for that is said in the change.
    pub fn looked_up(known: &'a Counts) -> Self {
        Self { known, others: Others::Far }
    }
}

/// The counts as one decision sees and changes them.
pub struct Shared<'a> {
    given: Given<'a>,
    /// What was looked at, as it was.
    pub seen: Counts,
    pub changed: BTreeMap<String, Change>,
}

impl<'a> Shared<'a> {
    pub fn of(given: Given<'a>) -> Self {
        Self { given, seen: Counts::new(), changed: BTreeMap::new() }
    }

    /// The count with what this decision did to it so far; an unknown one is unused.
    pub fn count(&mut self, key: &str) -> Count {
        let count = self.given.known.get(key).cloned().unwrap_or_default();
        self.seen.insert(key.to_owned(), count.clone());
        self.changed.get(key).map_or(count.clone(), |change| count.changed(change))
    }

    /// The same where this decision was given it; rows of before were not given every count that is looked at today.
    pub fn given(&mut self, key: &str) -> Option<Count> {
        self.given.known.contains_key(key).then(|| self.count(key))
    }

    /// Of the `wanted` as much as a limit leaves, or more.
    pub fn room(&mut self, key: &str, most: i64, wanted: i64) -> i64 {
        if self.given.others == Others::Unused || self.given.known.contains_key(key) {
            return most - self.count(key).used;
        }
        let at_most = |by: i64| if wanted > 0 { most.saturating_sub(wanted).saturating_sub(by) } else { i64::MAX };
        self.edit(key, |change| change.needs(Some(at_most(change.by))));
        wanted
    }

    pub fn change(&mut self, key: &str, by: i64) {
        self.edit(key, |change| change.by += by);
    }

    /// A code begins to be worth something.
    pub fn issue(&mut self, key: &str, offer: &str) {
        self.edit(key, |change| change.offer = Some(Some(offer.to_owned())));
    }

    /// A code is worth nothing any more.
    pub fn void(&mut self, key: &str) {
        self.edit(key, |change| change.offer = Some(None));
    }

    /// What was added to counts at which nobody looked.
    pub fn unseen(changed: &BTreeMap<String, Change>) -> BTreeMap<&str, i64> {
        let unseen = changed.iter().filter(|(_, change)| change.at_most.is_some() && change.by != 0);
        unseen.map(|(key, change)| (key.as_str(), change.by)).collect()
    }

    fn edit(&mut self, key: &str, edit: impl FnOnce(&mut Change)) {
        let change = self.changed.entry(key.to_owned()).or_default();
        edit(change);
        if *change == Change::default() {
            self.changed.remove(key);
        }
    }
}

/// The budgets of rules for this event, of any version.
pub fn budgets(programmes: &Programmes, event: &str, keys: &mut BTreeSet<String>) {
    keys.extend(programmes.with_budget(event).map(budget));
}

/// Keys of counts.
pub fn budget(rule: &str) -> String {
    format!("budget:{rule}")
}

pub fn stock(reward: &str) -> String {
    format!("stock:{reward}")
}

/// What one key gave and took by hand on one day.
pub fn by_hand(key: &str, day: Date) -> String {
    format!("by-hand:{key}:{day}")
}

/// Whether a count is of what this key gave and took by hand on some day.
pub fn is_by_hand(count: &str, key: &str) -> bool {
    count.strip_prefix("by-hand:").and_then(|rest| rest.strip_prefix(key)).is_some_and(|rest| rest.starts_with(':'))
}

pub fn code(code: &str) -> String {
    format!("code:{code}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One look and what is taken of what it finds.
    fn take(shared: &mut Shared<'_>, most: i64, wanted: i64) -> i64 {
        let taken = shared.room("budget:a", most, wanted).min(wanted).max(0);
        shared.change("budget:a", taken);
        taken
    }

    proptest! {
        /// Decisions of one commit, each of several looks: where the commit holds, they are what they would be with the count in hand.
        #[test]
        fn what_is_decided_without_a_look_holds_where_a_look_would_have_found_the_same(
            used in 0_i64..60, decisions in prop::collection::vec(prop::collection::vec((0_i64..50, -9_i64..30), 1..3), 1..4),
        ) {
            let mut counts = Counts::from([("budget:a".to_owned(), Count { used, offer: None })]);
            let (nobody_looked, mut all, mut same) = (Counts::new(), Change::default(), true);
            for looks in decisions {
                let (mut far, mut near) = (Shared::of(Given::looked_up(&nobody_looked)), Shared::of((&counts).into()));
                for (most, wanted) in looks {
                    if wanted < 0 {
                        far.change("budget:a", wanted);
                        near.change("budget:a", wanted);
                    } else {
                        same &= take(&mut far, most, wanted) == take(&mut near, most, wanted);
                    }
                }
                prop_assert!(far.seen.is_empty());
                let by = near.changed.remove("budget:a").unwrap_or_default();
                all.and(&far.changed.remove("budget:a").unwrap_or_default());
                counts.entry("budget:a".to_owned()).and_modify(|count| *count = count.changed(&by));
                if !same {
                    break; // from here on they are two histories
                }
            }
            let holds = all.at_most.is_none_or(|at_most| used <= at_most);
            prop_assert_eq!(holds, same);
        }
    }
}
