//! What a goal gives for a time: it lasts from the instant that reached the goal until its own end, whatever else is given or ends.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Half-open: `from <= instant < until`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lasting<T> {
    pub what: T,
    pub from: Timestamp,
    pub until: Timestamp,
}

impl<T: PartialEq> Lasting<T> {
    /// Adds this to what stands for good: of one thing the time that all of it covers.
    pub fn join(self, all: &mut Vec<Self>) {
        match all.iter_mut().find(|known| known.what == self.what) {
            Some(known) => (known.from, known.until) = (known.from.min(self.from), known.until.max(self.until)),
            None => all.push(self),
        }
    }
}
