//! Two members that are one person. One ends by pointing at the other; a follow-up carries what it had there. Undone: what is
//! left of the lots that came goes back by a follow-up of its own.

use super::{Deciding, Outcome, Refusal};
use crate::loyalty::{
    absorbed::Brought,
    event::{Absorbed, Belongings, Fact, Merged, Unmerged},
    subject::Subject,
};

impl Deciding<'_> {
    pub(super) fn merge(&mut self, wanted: &Merged) -> Result<Outcome, Refusal> {
        if wanted.into == self.books.member.id {
            return Err(Refusal::Over { what: "member", id: wanted.into.clone(), state: "this one" });
        }
        if self.books.member.merged_into.is_some() {
            let id = self.books.member.id.clone();
            return Err(Refusal::Over { what: "member", id, state: "another one" });
        }
        let belongings = self.books.move_out(self.now);
        let from = self.books.member.id.clone();
        self.books.member.merged_into = Some(wanted.into.clone());
        self.follow_up(&wanted.into, Fact::Absorbed(Box::new(Absorbed { from, via: None, belongings })));
        Ok(Outcome::nothing().about(Subject::Merged { merged_into: wanted.into.clone() }))
    }

    /// What comes to a member that has itself turned out to be another one goes on to that one, remembered here too: should this
    /// one be itself again, whoever points at it is still decided for here. Two that were merged into each
    /// other at the same moment are both on their own again: what comes back to where it left ends the circle.
    pub(super) fn absorb(&mut self, absorbed: &Absorbed) -> Outcome {
        let Absorbed { from, belongings, via } = absorbed;
        if *from == self.books.member.id {
            let outcome = self.restore(absorbed);
            self.books.member.absorbed.clone_from(&belongings.absorbed); // who only came through went home, too
            return outcome;
        }
        let own = belongings.lots.keys().chain(belongings.expired.keys()).cloned().collect();
        for (id, lots) in belongings.absorbed.iter().chain([(from, &own)]) {
            self.books.member.absorbed.entry(id.clone()).or_default().extend(lots.iter().cloned());
        }
        let into = self.books.member.merged_into.clone();
        if let Some(into) = into {
            let through = via.clone().unwrap_or_else(|| self.books.member.id.clone());
            let passed = Absorbed { via: Some(through), ..absorbed.clone() };
            self.follow_up(&into, Fact::Absorbed(Box::new(passed)));
            return Outcome::nothing();
        }
        let zone = &self.programme().settings.zone;
        let own = Brought { via: via.clone(), counted: belongings.own_counted(zone) };
        let beneath = |(id, known): (&String, &Brought)| {
            let via = known.via.clone().or_else(|| Some(from.clone()));
            (id.clone(), Brought { via, ..known.clone() })
        };
        for (id, came) in belongings.brought.iter().map(beneath).chain([(from.clone(), own)]) {
            let known = self.books.member.brought.entry(id).or_default();
            known.via = came.via;
            known.counted.plus(&came.counted, zone);
        }
        let waited = self.books.member.is_unaccepted() || belongings.acceptance.is_some_and(|came| came.waits());
        self.books.member.accept_as_one(belongings.acceptance, self.now);
        self.books.move_in(belongings, self.now);
        if waited && !self.books.member.is_unaccepted() {
            self.books.let_go_accepted(self.now);
        }
        Outcome::nothing()
    }

    /// It goes with everything that is its own, and so does whoever had turned out to be it before.
    pub(super) fn unmerge(&mut self, wanted: &Unmerged) -> Result<Outcome, Refusal> {
        let member = &self.books.member;
        if member.merged_into.is_some() || !member.absorbed.contains_key(&wanted.from) {
            return Err(Refusal::NoSuch { what: "merged member", id: wanted.from.clone() });
        }
        let belongings = self.books.move_absorbed_out(&wanted.from, self.now);
        let from = self.books.member.id.clone();
        self.follow_up(&wanted.from, Fact::Restored(Box::new(Absorbed { from, via: None, belongings })));
        Ok(Outcome::nothing().about(Subject::Unmerged { restored: wanted.from.clone() }))
    }

    pub(super) fn restore(&mut self, restored: &Absorbed) -> Outcome {
        let member = &mut self.books.member;
        let taken_for = member.merged_into.take().into_iter().chain([restored.from.clone()]);
        let others = taken_for.filter(|id| *id != member.id);
        member.restored_from.extend(others);
        let Belongings { absorbed, brought, .. } = &restored.belongings;
        member.absorbed.extend(absorbed.clone());
        member.brought.clone_from(brought); // others went their own way meanwhile
        self.books.move_in(&restored.belongings, self.now);
        Outcome::nothing()
    }
}
