//! Measures: numbers that are a function of a member's order documents and outside events, and of nothing else. What an order's
//! document gives before a state and after it is worked out, and the difference is posted; nothing of it is kept in the order.
//! A measure is known by its definition, so rows share one; it begins with the version that first needs it, or counts the past
//! too: then a document holds it whole, or not at all. A window is final some days after its end (the setting `Late`): it is forgotten
//! then, and neither late orders nor returns move it any more.

mod changes;
mod checking;
mod definition;
mod open;
mod part;
mod past;
mod posting;
mod prepared;
mod reading;
mod window;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{loyalty::Programmes, values::copy_on_write::CopyOnWrite};
use open::Open;
use part::FULL;

pub use checking::{Occurred, differences};
pub use definition::{Counts, Measure, Needed, Of, Own, counts_past};
pub use part::Part;
pub use past::{MOST_COUNTED_BACK, PastCounted, missing};
pub(in crate::loyalty) use posting::Happened;
pub use prepared::Prepared;
pub use reading::{Given, of_event, of_order};
pub use window::{LONGEST_DAYS, LONGEST_ROW, Unit, Window};

/// What is kept of one owner, by what the measures are.
type Parts = BTreeMap<String, CopyOnWrite<Part>>;

/// Measures by whose orders and events they count (a member, or who turned out to be it), and by what they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Measures(BTreeMap<String, CopyOnWrite<Parts>>);

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
        let parts = self.0.get(owner).into_iter().flat_map(|parts| parts.iter());
        parts.map(|(key, part)| (key, &**part))
    }

    /// A measure of this member and of all who turned out to be it.
    pub fn together<'k>(&self, key: impl Fn(&str) -> Option<Cow<'k, str>>) -> CopyOnWrite<Part> {
        let mut parts = self.0.iter().filter_map(|(owner, parts)| parts.get(key(owner)?.as_ref()));
        let mut together = parts.next().cloned().unwrap_or_default();
        parts.for_each(|part| together.plus(part));
        together
    }

    fn part(&self, owner: &str, key: &str) -> Option<&Part> {
        self.0.get(owner)?.get(key).map(|part| &**part)
    }

    fn change(&mut self, (owner, key): (&str, &str), change: impl FnOnce(&mut Part)) {
        if !self.0.contains_key(owner) {
            self.0.insert(owner.to_owned(), CopyOnWrite::default());
        }
        let Some(parts) = self.0.get_mut(owner) else { return };
        if !parts.contains_key(key) {
            parts.insert(key.to_owned(), CopyOnWrite::default());
        }
        let Some(part) = parts.get_mut(key) else { return };
        change(part);
        if part.is_empty() {
            parts.remove(key);
        }
        if parts.is_empty() {
            self.0.remove(owner);
        }
    }

    /// Keeps what is still needed.
    fn keep(&mut self, is_needed: impl Fn(&str, &str, &Part) -> bool) {
        for (owner, parts) in &mut self.0 {
            if !parts.iter().all(|(key, part)| is_needed(owner, key, part)) {
                parts.retain(|key, part| is_needed(owner, key, part));
            }
        }
        self.0.retain(|_, parts| !parts.is_empty());
    }

    /// Forgets windows that are final.
    pub fn forget(&mut self, now: Timestamp, programmes: &Programmes) {
        let when = (now, programmes);
        let open = Open::of(when);
        for parts in self.0.values_mut() {
            let has_final =
                |key: &str, part: &Part| !open.has_all(part) && part.has_final(definition::window_of(key), when);
            if !parts.iter().any(|(key, part)| has_final(key, part)) {
                continue;
            }
            for (key, part) in parts.iter_mut().filter(|(key, part)| has_final(key, part)) {
                part.forget(definition::window_of(key), when);
            }
            parts.retain(|_, part| !part.is_empty());
        }
        self.0.retain(|_, parts| !parts.is_empty());
    }

    /// What another member brings stands beside what is here.
    pub fn take_in(&mut self, came: &Self) {
        for (owner, parts) in &came.0 {
            let kept = self.0.entry(owner.clone()).or_default();
            for (key, part) in parts.iter() {
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
