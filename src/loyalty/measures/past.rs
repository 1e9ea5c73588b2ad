//! Measures that count the past: worked out from a member's orders and events as they stand, once, before its next event; from then
//! on they follow like all others. What was counted is an event of its own, so a replay needs nothing but that.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Measures, Needed, Occurred, Part, of_event, of_order, posting::own};
use crate::{
    loyalty::{
        Member, Order, Programmes,
        deciding::{Deciding, Outcome},
        event::{EachText, Kind},
    },
    values::bounds::TooLarge,
};

/// Of who has more events than this the past is not counted: measures begin when that is found out.
pub const MOST_COUNTED_BACK: u64 = 5_000;

/// What orders and events up to here give to measures that count the past: by owner and key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct PastCounted {
    pub measures: Measures,
}

impl Kind for PastCounted {
    fn each_text(&mut self, _: EachText<'_>) {}
}

/// The owners, who are the member and those that turned out to be it, of whose past something is needed that the document does not
/// hold.
pub fn missing(programmes: &Programmes, member: &Member) -> BTreeSet<String> {
    if !programmes.live_counts_past() || member.merged_into.is_some() {
        return BTreeSet::new();
    }
    let owners = member.absorbed.keys().chain([&member.id]);
    owners.filter(|owner| !missing_of(programmes, member, owner).is_empty()).cloned().collect()
}

fn missing_of<'p>(programmes: &'p Programmes, member: &Member, owner: &str) -> Vec<Needed<'p>> {
    let held = |needed: &Needed<'_>| member.measures.part(owner, &needed.key).is_some_and(|part| part.whole);
    let wanted = programmes.prepared().past().chain(own(programmes, member, owner));
    let mut missing: Vec<Needed<'p>> = wanted.filter(|needed| needed.counts_past() && !held(needed)).collect();
    missing.sort_by(|one, other| one.key.cmp(&other.key));
    missing
}

impl PastCounted {
    /// Counts what is missing of one owner.
    pub fn count(
        &mut self,
        programmes: &Programmes,
        (member, owner): (&Member, &str),
        (orders, events): (&[Order], &[Occurred<'_>]),
    ) -> Result<(), TooLarge> {
        let missing = missing_of(programmes, member, owner);
        let parts = sums(programmes, owner, (orders, events), &missing)?;
        for (mut part, needed) in parts.into_iter().zip(&missing) {
            part.forget(needed.measure.window, (member.recorded_at, programmes));
            self.measures.change((owner, &needed.key), |kept| *kept = Part { whole: true, ..part });
        }
        Ok(())
    }

    /// Lets what is missing of one owner begin with what comes.
    pub fn begin(&mut self, programmes: &Programmes, (member, owner): (&Member, &str), at: Timestamp) {
        for needed in missing_of(programmes, member, owner) {
            let begins = Part { whole: true, begins: Some(at), ..Part::default() };
            self.measures.change((owner, &needed.key), |kept| *kept = begins);
        }
    }
}

/// What the orders and events of an owner give to each of these.
pub(super) fn sums(
    programmes: &Programmes,
    owner: &str,
    (orders, events): (&[Order], &[Occurred<'_>]),
    needed: &[Needed<'_>],
) -> Result<Vec<Part>, TooLarge> {
    let mut parts = vec![Part::default(); needed.len()];
    for order in orders.iter().filter(|order| *order.owner() == owner) {
        for (part, given) in parts.iter_mut().zip(of_order(programmes, order, needed)?) {
            if let Some((place, given)) = &given {
                part.change(place, given, 1);
            }
        }
    }
    for event in events {
        for (part, needed) in parts.iter_mut().zip(needed) {
            let given = of_event(&event.programmes, (event.kind, event.points), event.at, needed);
            if let Some((place, given)) = &given {
                part.change(place, given, 1);
            }
        }
    }
    Ok(parts)
}

impl PastCounted {
    /// What is needed and not in the document comes there.
    pub fn take_over(&self, programmes: &Programmes, member: &mut Member) {
        for owner in self.measures.owners().filter(|owner| **owner == member.id || member.absorbed.contains_key(*owner))
        {
            let keys = missing_of(programmes, member, owner).into_iter().map(|needed| needed.key);
            let counted = keys.filter_map(|key| Some((self.measures.part(owner, &key)?, key)));
            for (part, key) in counted.collect::<Vec<_>>() {
                member.measures.change((owner, &key), |kept| kept.clone_from(part));
            }
        }
    }
}

impl Deciding<'_> {
    pub(in crate::loyalty) fn take_over_past(&mut self, counted: &PastCounted) -> Outcome {
        let member = &mut self.books.member;
        counted.take_over(self.programmes, member);
        member.measures.forget(self.now, self.programmes); // time passed since it was counted
        Outcome::nothing()
    }

    /// Who is new has no past: what counts it is whole from here on.
    pub(in crate::loyalty) fn begin_without_past(&mut self) {
        let member = &mut self.books.member;
        if member.version > 1 || !self.programmes.live_counts_past() {
            return;
        }
        let id = member.id.clone();
        let keys: Vec<_> = missing_of(self.programmes, member, &id).into_iter().map(|needed| needed.key).collect();
        for key in keys {
            member.measures.change((&id, &key), |kept| kept.whole = true);
        }
    }
}
