//! A birthday is an event like any other, and rules give for it; but once in twelve months, whatever date a member tells.

use jiff::ToSpan;

use super::{Birthday, Celebrated};
use crate::{
    loyalty::{
        Refusal,
        deciding::{Deciding, Outcome},
    },
    programme::BIRTHDAY,
};

impl Deciding<'_> {
    pub(in crate::loyalty) fn celebrate(&mut self, birthday: &Birthday) -> Result<Outcome, Refusal> {
        let note = |why: &str| Ok(Outcome { note: Some(why.to_owned()), ..Outcome::nothing() });
        if self.event.occurred_at < self.books.member.joined_at {
            return note("the member joined after this birthday");
        }
        let Celebrated(last) = self.books.member.celebrated_on;
        if last.is_some_and(|last| last.saturating_add(1.year()) > birthday.on) {
            return note("the last birthday was less than twelve months ago");
        }
        let done = self.reward(BIRTHDAY)?;
        if done.points.change > 0 || self.programme().mechanics.segments.asks_for_birthdays() {
            self.books.member.celebrated_on = Celebrated(Some(birthday.on));
        }
        Ok(done)
    }
}
