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
}

impl Change {
    /// This change and then another.
    pub fn and(&mut self, then: &Self) {
        self.by += then.by;
        if then.offer.is_some() {
            self.offer.clone_from(&then.offer);
        }
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

/// The counts as one decision sees and changes them.
pub struct Shared<'a> {
    given: &'a Counts,
    /// What was looked at, as it was.
    pub seen: Counts,
    pub changed: BTreeMap<String, Change>,
}

impl<'a> Shared<'a> {
    pub fn of(given: &'a Counts) -> Self {
        Self { given, seen: Counts::new(), changed: BTreeMap::new() }
    }

    /// The count with what this decision did to it so far; an unknown one is unused.
    pub fn count(&mut self, key: &str) -> Count {
        let count = self.given.get(key).cloned().unwrap_or_default();
        self.seen.insert(key.to_owned(), count.clone());
        self.changed.get(key).map_or(count.clone(), |change| count.changed(change))
    }

    /// The same where this decision was given it; rows of before were not given every count that is looked at today.
    pub fn given(&mut self, key: &str) -> Option<Count> {
        self.given.contains_key(key).then(|| self.count(key))
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
