//! Two members that are one person. One ends by pointing at the other; a follow-up carries what it had there. Undone: what is
//! left of the lots that came goes back by a follow-up of its own.

use super::{Case, Outcome, Refusal};
use crate::loyalty::event::{Absorbed, Fact, Merged, Unmerged};

impl Case<'_> {
    pub(super) fn merge(&mut self, wanted: &Merged) -> Result<Outcome, Refusal> {
        if wanted.into == self.books.member.id {
            return Err(Refusal::Over { what: "member", id: wanted.into.clone(), state: "this one" });
        }
        let belongings = self.books.move_out(self.now);
        let from = self.books.member.id.clone();
        self.books.member.merged_into = Some(wanted.into.clone());
        self.follow_up(&wanted.into, Fact::Absorbed(Box::new(Absorbed { from, belongings })));
        Ok(Outcome::nothing().about(serde_json::json!({ "merged_into": wanted.into })))
    }

    pub(super) fn absorb(&mut self, absorbed: &Absorbed) -> Outcome {
        let lots = absorbed.belongings.lots.keys().cloned();
        self.books.member.absorbed.entry(absorbed.from.clone()).or_default().extend(lots);
        self.books.move_in(&absorbed.belongings, self.now);
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
        self.books.member.merged_into = None;
        self.books.move_in(&restored.belongings, self.now);
        Outcome::nothing()
    }
}
