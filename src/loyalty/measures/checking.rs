//! The measures of a member against its orders and events: whoever verifies the ledger asks.

use jiff::Timestamp;

use super::{FULL, Part, of_event, of_order, posting::needed};
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
    let (needed, own) = (needed(programmes, member, owner), |order: &&Order| *order.owner() == owner);
    let mut parts = vec![Part::default(); needed.len()];
    for order in orders.iter().filter(own) {
        for (part, given) in parts.iter_mut().zip(of_order(programmes, order, &needed)?) {
            if let Some((place, given)) = &given {
                part.change(place, given, 1);
            }
        }
    }
    for event in events {
        for (part, needed) in parts.iter_mut().zip(&needed) {
            let given = of_event(&event.programmes, (event.kind, event.points), event.at, needed);
            if let Some((place, given)) = &given {
                part.change(place, given, 1);
            }
        }
    }
    let zone = &programmes.live().programme.settings.zone;
    let mut differences = Vec::new();
    for (mut wanted, needed) in parts.into_iter().zip(&needed) {
        wanted.forget(needed.measure.window, (member.recorded_at, zone));
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
