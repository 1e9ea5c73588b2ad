//! Save, or convert: a member may choose that points turn into the programme's coupon as soon as they are enough for one.
//! The coupon is a claim that follows by itself; what cannot be claimed just then stays points, and is tried again later.

use super::{Chosen, Saving, Unconverted};
use crate::loyalty::{
    Fact, Refusal,
    deciding::{Deciding, Outcome},
    mechanics::rewards::Claimed,
    subject::Subject,
};

/// A conversion that failed (no piece left, a limit reached) is not tried again for a day.
const AGAIN_AFTER_SECONDS: i64 = 86_400;

impl Deciding<'_> {
    pub(in crate::loyalty) fn choose(&mut self, chosen: &Chosen) -> Outcome {
        let member = &mut self.books.member;
        member.saving = if chosen.convert { Saving::Convert } else { Saving::Save };
        member.unconverted_at = Unconverted(None);
        Outcome::nothing().about(Subject::Savings { savings: self.books.member.saving })
    }

    /// What followed from enough points. It is never refused: nobody asks for it who could read why.
    pub(in crate::loyalty) fn convert(&mut self, wanted: &Claimed) -> Outcome {
        let note = |why: String| Outcome { note: Some(format!("nothing converted: {why}")), ..Outcome::nothing() };
        if self.books.member.saving == Saving::Save {
            return note("the member saves".to_owned());
        }
        self.books.member.saving = Saving::Convert;
        self.claim(wanted).unwrap_or_else(|refusal| {
            self.books.member.unconverted_at = Unconverted(Some(self.now));
            note(recorded(&refusal))
        })
    }

    /// Lets a conversion follow when there are enough points.
    pub(super) fn convert_if_enough(&mut self) {
        let member = &self.books.member;
        let tried =
            member.unconverted_at.0.is_some_and(|at| self.now.as_second() - at.as_second() < AGAIN_AFTER_SECONDS);
        let wanted =
            member.saving == Saving::Convert && !tried && self.due_anyway.is_none() && self.may_spend().is_ok();
        let Some(coupon) = self.programme().mechanics.savings.coupon.as_ref().filter(|_| wanted) else { return };
        if self.books.spendable_on(&[], &self.live.programme.settings) >= coupon.cost {
            let (own, claim) = (member.id.clone(), Claimed { reward: coupon.reward.clone(), code: None });
            self.books.member.saving = Saving::Converting;
            self.books.member.unconverted_at = Unconverted(None);
            self.follow_up(&own, Fact::Converted(claim));
        }
    }
}

/// In the words that rows have had for it from their beginning: they stay as they are.
fn recorded(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotEnoughPoints { available, wanted } => {
            format!("the member can spend {available} points, {wanted} are needed")
        }
        other => other.to_string(),
    }
}
