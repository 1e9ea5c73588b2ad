//! What a draft of the programme would have done: the same outside events are lived through once under the programme that is live
//! and once under the draft, each in force for the whole window, and the two lives are held against each other.
//! Pure: what happened is handed in, one event after the other. The same draft, window and history give the same bytes.

pub mod forecast;
pub mod generosity;
mod life;
mod tally;
pub mod words;

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    loyalty::{Event, Member, Order, Programme, Programmes, Version, counters::Counts},
    programme::is_derived,
};
pub use forecast::{Forecast, Side, compare};
pub use life::{BrokeOff, FOLLOWS_MOST, Life, Lived};

/// How things stood when the window began. A copy shares the documents.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// Everybody who did something in the window, in order.
    pub ids: Arc<Vec<String>>,
    /// Their documents; none of those who joined in it.
    pub members: Vec<Option<Arc<Member>>>,
    /// After so many events nothing more is recorded of each of them: what is left of a document then is how it stands.
    pub last: Arc<Vec<u32>>,
    /// Documents that a life may hold at once.
    pub most: usize,
    /// Orders from before of which another state comes.
    pub orders: BTreeMap<String, Arc<Order>>,
    pub counts: Counts,
    /// Codes of coupons that followed by themselves, by id of the event: a member may have used them.
    pub codes: BTreeMap<String, String>,
    pub window: Window,
    /// Each member stands for so many: where there are too many to look at, only every so-manyth is, and counts of what all
    /// share go as many times faster.
    pub every: u32,
}

/// Half-open: `from <= recorded < until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Window {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Something that came from outside, in order of (at, member, version).
#[derive(Debug, Clone)]
pub struct Happened {
    /// Place among the members of the start.
    pub member: usize,
    /// When it was recorded.
    pub at: Timestamp,
    pub event: Event,
    /// No later event in the window is about the same order.
    pub last_of_order: bool,
}

/// Kinds of event that the ledger makes by itself: they are made anew. A text that was written changes no points.
const OWN: [&str; 9] = [
    "time.passed",
    "member.absorbed",
    "member.restored",
    "points.converted",
    "reward.given",
    "code.given",
    "order.left",
    "past.counted",
    "text.written",
];

/// Whether an event of this kind came from outside.
pub fn is_outside(kind: &str) -> bool {
    !OWN.contains(&kind) && !is_derived(kind)
}

/// The history in which one programme is in force from an instant on; orders from before keep the versions of then.
pub fn in_force(programmes: &Programmes, programme: Arc<Programme>, from: Timestamp) -> Programmes {
    let mut versions: Vec<Version> = programmes.iter().filter(|version| version.effective_at < from).cloned().collect();
    let number = programmes.live().number.saturating_add(1);
    versions.push(Version { number, effective_at: from, programme });
    programmes.of(versions)
}
