//! The measures of a member against its orders and events: whoever verifies the ledger asks.

use jiff::Timestamp;

use super::{FULL, past::sums, posting::needed};
use crate::{
    loyalty::{Member, Order, Programmes},
    values::bounds::TooLarge,
};

/// An event that is no order, as it was decided: its type, the points that rules gave, when it occurred, and the versions known then.
pub struct Occurred<'a> {
    pub kind: &'a str,
    pub points: i64,
    pub at: Timestamp,
    pub programmes: Programmes,
}

/// What the measures of an owner, who is the member or turned out to be it, must be by the owner's orders and events, where that is
/// not what the document says: the measure and both.
/// `programmes` are those that its last event knew.
pub fn differences(
    programmes: &Programmes,
    (member, owner): (&Member, &str),
    orders: &[Order],
    events: &[Occurred<'_>],
) -> Result<Vec<String>, TooLarge> {
    let needed = needed(programmes, member, owner);
    let parts = sums(programmes, owner, (orders, events), &needed)?;
    let mut differences = Vec::new();
    for (mut wanted, needed) in parts.into_iter().zip(&needed) {
        wanted.forget(needed.measure.window, (member.recorded_at, programmes));
        (wanted.whole, wanted.begins) = (needed.counts_past(), needed.begins);
        let kept = member.measures.parts(owner).find(|(key, _)| **key == needed.key);
        let mut kept = kept.map(|(_, part)| part.clone()).unwrap_or_default();
        // Of what is full not everything is known.
        let full: Vec<String> =
            kept.values.iter().filter(|(_, of)| of.contains_key(FULL)).map(|(place, _)| place.clone()).collect();
        for place in full {
            kept.values.remove(&place);
            wanted.values.remove(&place);
        }
        if kept != wanted {
            differences
                .push(format!("{}: the document says {kept:?}, its orders and events sum to {wanted:?}", needed.key));
        }
    }
    Ok(differences)
}
