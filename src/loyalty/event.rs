//! The canonical event: something that happened to exactly one member.

mod fact;
mod kind;
mod kinds;
mod merging;
mod order;
mod past;
mod spending;
mod standing;
mod words;

use jiff::Timestamp;

pub use fact::Fact;
pub use kind::{About, EachText, Kind};
pub(in crate::loyalty) use kinds::kinds;
pub use merging::{Absorbed, Belongings, Merged, OrderLeft, Unmerged};
pub use past::{Carried, MemberImported, Opening, OpeningHold, OpeningState, OrderImported, TierKept};
pub use spending::{Goods, HoldCaptured, HoldMade, HoldReleased};
pub use standing::{
    Accepted, Adjustment, Joined, Membership, Reactivated, Restricted, Segments, TierGranted, TimePassed,
};
pub use words::{Channel, MessageRequested, TextWritten, WrittenBy};

/// What happened, to whom, when; the identity `(brand, source, id)` counts once, for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub brand: String,
    pub source: String,
    pub id: String,
    pub occurred_at: Timestamp,
    pub fact: Fact,
}
