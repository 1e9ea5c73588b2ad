//! Two members that are one person. One ends by pointing at the other; a follow-up carries what it had there. Undone: what is
//! left of the lots that came goes back by a follow-up of its own.

use super::{Case, Outcome, Refusal};
use crate::loyalty::event::{Absorbed, Fact, Merged, Unmerged};

impl Case<'_> {
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
        self.follow_up(&wanted.into, Fact::Absorbed(Box::new(Absorbed { from, belongings })));
        Ok(Outcome::nothing().about(serde_json::json!({ "merged_into": wanted.into })))
    }

    /// What comes to a member that has itself turned out to be another one goes on to that one, remembered here too: should this
    /// one be itself again, whoever points at it is still decided for here. Two that were merged into each
    /// other at the same moment are both on their own again: what comes back to where it left ends the circle.
    pub(super) fn absorb(&mut self, absorbed: &Absorbed) -> Outcome {
        let Absorbed { from, belongings } = absorbed;
        if *from == self.books.member.id {
            return self.restore(absorbed);
        }
        let own = belongings.lots.keys().chain(belongings.expired.keys()).cloned().collect();
        for (from, lots) in belongings.absorbed.iter().chain([(from, &own)]) {
            self.books.member.absorbed.entry(from.clone()).or_default().extend(lots.iter().cloned());
        }
        if let Some(into) = self.books.member.merged_into.clone() {
            self.follow_up(&into, Fact::Absorbed(Box::new(absorbed.clone())));
            return Outcome::nothing();
        }
        self.books.move_in(belongings, self.now);
        Outcome::nothing()
    }

    pub(super) fn unmerge(&mut self, wanted: &Unmerged) -> Result<Outcome, Refusal> {
        let lots = self.books.member.absorbed.remove(&wanted.from);
        let lots = lots.ok_or_else(|| Refusal::NoSuch { what: "merged member", id: wanted.from.clone() })?;
        let belongings = self.books.move_lots_out(lots, self.now);
        let from = self.books.member.id.clone();
        self.follow_up(&wanted.from, Fact::Restored(Box::new(Absorbed { from, belongings })));
        Ok(Outcome::nothing().about(serde_json::json!({ "restored": wanted.from })))
    }

    pub(super) fn restore(&mut self, restored: &Absorbed) -> Outcome {
        let member = &mut self.books.member;
        let taken_for = member.merged_into.take().into_iter().chain([restored.from.clone()]);
        let others = taken_for.filter(|id| *id != member.id);
        member.restored_from.extend(others);
        self.books.move_in(&restored.belongings, self.now);
        Outcome::nothing()
    }
}
