//! Posts to a member's measures what an order's document gives after an event less what it gave before, and what an event gives.

use std::collections::BTreeMap;

use super::{Given, Measures, Needed, Part, counts_past, is_final, of_event, of_order};
use crate::{
    loyalty::{Fact, Member, Order, OrderState, Programmes, deciding::Deciding, mechanics::ALL, pins::Pins},
    values::bounds::TooLarge,
};
use jiff::Timestamp;

/// What an order gave to the measures that are needed, before the event.
pub(in crate::loyalty) struct GivenBefore<'a> {
    needed: Vec<Needed<'a>>,
    given: Vec<Option<(String, Given)>>,
}

/// An order or event, once its points and measures are posted.
pub(in crate::loyalty) struct Happened<'a> {
    pub order: Option<&'a Order>,
    /// When it happened for whoever reads a calendar: the order was paid, the event occurred.
    pub at: Timestamp,
    /// The member as it stood before.
    pub pins: Pins,
    /// It is the member's own doing: what is reached is given. Otherwise only what is lost is taken back.
    pub own: bool,
    /// The measures before it, where it moved any.
    pub before: Option<Measures>,
}

/// All that rows and what stands given need of what this owner does, each once, by key; of what counts the past that which the
/// document holds.
pub(in crate::loyalty) fn needed<'p>(programmes: &'p Programmes, member: &Member, owner: &str) -> Vec<Needed<'p>> {
    let mut needed: Vec<Needed<'p>> = programmes.prepared().all().chain(own(programmes, member, owner)).collect();
    needed.sort_by(|one, other| one.key.cmp(&other.key));
    needed.dedup_by(|one, other| one.key == other.key);
    needed.retain_mut(|needed| is_held((member, owner), needed));
    needed
}

/// What is needed of this owner beside what all are asked for.
pub(super) fn own<'p>(programmes: &'p Programmes, member: &Member, owner: &str) -> Vec<Needed<'p>> {
    let mut own = Vec::new();
    for listed in ALL {
        listed.mechanic.needs(programmes, member, owner, &mut own);
    }
    own.retain(|needed| !programmes.prepared().has(&needed.key));
    own.sort_by(|one, other| one.key.cmp(&other.key));
    own.dedup_by(|one, other| one.key == other.key);
    own
}

/// Whether the document holds it, if it counts the past; and since when it counts.
fn is_held((member, owner): (&Member, &str), needed: &mut Needed<'_>) -> bool {
    if !needed.counts_past() {
        return true;
    }
    let part = member.measures.part(owner, &needed.key);
    needed.begins = part.and_then(|part| part.begins);
    part.is_some_and(|part| part.whole)
}

impl<'a> Deciding<'a> {
    /// What the order gives as it was kept, to all that may count something of it in this state or in the last one; `known`: it was
    /// there before.
    pub(in crate::loyalty) fn given_before(
        &self,
        order: &Order,
        known: bool,
        state: &OrderState,
    ) -> Result<GivenBefore<'a>, TooLarge> {
        let member = &self.books.member;
        let owner = self.owner.as_deref().unwrap_or(&member.id);
        let states = known.then_some(&order.state).into_iter().chain([state]);
        let all = self.programmes.prepared().of_order(states);
        let mut needed: Vec<Needed<'a>> = all.chain(own(self.programmes, member, owner)).collect();
        needed.retain_mut(|needed| is_held((member, owner), needed));
        if needed.is_empty() {
            return Ok(GivenBefore { needed, given: Vec::new() });
        }
        let given = if known { of_order(self.programmes, order, &needed)? } else { vec![None; needed.len()] };
        Ok(GivenBefore { needed, given })
    }

    /// Posts the difference to what the order gives now.
    pub(in crate::loyalty) fn measure_order(&mut self, before: GivenBefore<'a>, order: &Order) -> Result<(), TooLarge> {
        let GivenBefore { needed, given } = before;
        if needed.is_empty() {
            return Ok(());
        }
        let now = of_order(self.programmes, order, &needed)?;
        let owner = self.owner.clone().unwrap_or_else(|| self.books.member.id.clone());
        for ((needed, was), is) in needed.iter().zip(given).zip(now) {
            if was != is {
                self.post_to_measure((&owner, needed), &[(was, -1), (is, 1)]);
            }
        }
        Ok(())
    }

    /// Posts what an event gives, which rules gave so many points for.
    pub(in crate::loyalty) fn measure_event(&mut self, points: i64) {
        let Fact::Other { kind, .. } = &self.event.fact else { return };
        let owner = self.books.member.id.clone();
        let all = self.programmes.prepared().of_event(kind);
        for mut needed in all.chain(own(self.programmes, &self.books.member, &owner)) {
            if !is_held((&self.books.member, &owner), &mut needed) {
                continue;
            }
            let given = of_event(self.programmes, (kind, points), self.event.occurred_at, &needed);
            if given.is_some() {
                self.post_to_measure((&owner, &needed), &[(given, 1)]);
            }
        }
    }

    fn post_to_measure(&mut self, (owner, needed): (&str, &Needed<'_>), changes: &[(Option<(String, Given)>, i64)]) {
        let before = &self.books.member.measures;
        self.measures_before.get_or_insert_with(|| before.clone());
        self.books.member.measures.change((owner, &needed.key), |part| {
            for (given, sign) in changes {
                let Some((place, given)) = given else { continue };
                if !is_final(needed.measure.window, place, (self.now, self.programmes)) {
                    part.change(place, given, *sign);
                }
            }
        });
    }

    /// Forgets measures that nothing needs any more.
    pub(in crate::loyalty) fn keep_what_is_needed(&mut self) {
        if self.books.member.measures.is_empty() {
            return;
        }
        let member = &self.books.member;
        let of = |owner: &String| (owner.clone(), own(self.programmes, member, owner));
        let own: BTreeMap<String, Vec<Needed<'_>>> = member.measures.owners().map(of).collect();
        let prepared = self.programmes.prepared();
        let own_has = |owner: &str, key: &str| {
            own.get(owner).is_some_and(|own| own.binary_search_by(|needed| needed.key.as_ref().cmp(key)).is_ok())
        };
        let is_needed = |owner: &str, key: &str, part: &Part| {
            (prepared.has(key) || own_has(owner, key)) && (part.whole || !counts_past(key))
        };
        self.books.member.measures.keep(is_needed);
    }
}
