//! A member who leaves: what was set aside is released, all points end, and nothing is earned or spent until the member comes
//! back. What is owed stays owed, orders go on being recorded, and a marketer can still give back what ended.

use super::{Deciding, Outcome};
use crate::loyalty::{event::Membership, lot::EndedHold, mechanics::ALL, subject::Subject};

impl Deciding<'_> {
    pub(super) fn membership(&mut self, wanted: &Membership) -> Outcome {
        let done = Outcome::nothing().about(Subject::Left { left: wanted.left });
        if wanted.left == self.books.member.left_at.is_some() {
            return done;
        }
        if !wanted.left {
            self.books.member.left_at = None;
            return done;
        }
        for (id, hold) in std::mem::take(&mut self.books.member.holds) {
            self.books.release(&hold, self.now);
            self.books.member.ended.insert(id, EndedHold { points: hold.points, at: self.now });
        }
        for id in self.books.member.lots.keys().cloned().collect::<Vec<_>>() {
            self.books.expire(&id, self.now);
        }
        self.books.member.left_at = Some(self.now);
        for listed in ALL {
            listed.mechanic.left(self);
        }
        done
    }
}
