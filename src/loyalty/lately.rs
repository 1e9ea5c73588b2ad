//! What a member did lately, as far as it moves the dates of lots: activity that makes points live longer, and events that
//! points wait for. So a lot has the same dates whether it was there all along, came late, or was emptied and filled again.
//! Bounded: what is older is forgotten, and moves only the lots that were there as it happened.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{programme::names, values::span::Span};

/// The document's part; empty for members of a programme where nothing slides and nothing waits for an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Lately {
    /// The last activity of each of the newest days with any, in the programme's time zone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    activity: BTreeMap<Date, Timestamp>,
    /// The newest events of each kind that a rule waits for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    events: BTreeMap<String, BTreeSet<Timestamp>>,
}

/// Days with activity that are remembered, and events of one kind.
const DAYS: usize = 62;
const EVENTS: usize = 32;

/// How activity moves ends: this far after it, but never further than the second span after the lot's beginning.
pub type Slide = (Span, Span);

impl Lately {
    pub fn is_empty(&self) -> bool {
        self.activity.is_empty() && self.events.is_empty()
    }

    /// Takes note of something the member did.
    pub fn active(&mut self, at: Timestamp, zone: &TimeZone) {
        let last = self.activity.entry(at.to_zoned(zone.clone()).date()).or_insert(at);
        *last = at.max(*last);
        while self.activity.len() > DAYS {
            self.activity.pop_first();
        }
    }

    /// Takes note of an event that points may wait for.
    pub fn happened(&mut self, kind: &str, at: Timestamp) {
        let events = self.events.entry(names::key(kind)).or_default();
        events.insert(at);
        while events.len() > EVENTS {
            events.pop_first();
        }
    }

    /// The first event of this kind after an instant.
    pub fn first_after(&self, kind: &str, since: Timestamp) -> Option<Timestamp> {
        self.events.get(&names::key(kind))?.iter().copied().find(|at| *at > since)
    }

    /// Takes over what another member did.
    pub fn absorb(&mut self, other: &Self, zone: &TimeZone) {
        for at in other.activity.values() {
            self.active(*at, zone);
        }
        for (kind, events) in &other.events {
            for at in events {
                self.happened(kind, *at);
            }
        }
    }

    /// The end of points that can be spent since `from` and would end at `end`, moved by all that was done after `since`.
    pub fn extended(
        &self,
        end: Timestamp,
        (from, since): (Timestamp, Timestamp),
        slide: Slide,
        zone: &TimeZone,
    ) -> Timestamp {
        let done = self.activity.values().filter(|at| **at > since);
        done.fold(end, |end, at| moved(end, from, *at, slide, zone))
    }
}

/// The end of points that can be spent since `from`, moved by what was done at one instant. It is never moved back, and what
/// has ended by then does not live again.
pub fn moved(end: Timestamp, from: Timestamp, at: Timestamp, (by, most): Slide, zone: &TimeZone) -> Timestamp {
    if from < at && at < end { end.max(by.after(at, zone).min(most.after(from, zone))) } else { end }
}
