//! Save, or convert: a member may choose that points turn into the programme's coupon as soon as they are enough for one.
//! The coupon is a claim that follows by itself; what cannot be claimed just then stays points.

use serde_json::json;

use super::{Case, Outcome};
use crate::{
    loyalty::{
        event::{Claimed, Fact, Savings},
        member::Saving,
    },
    programme::Reward,
};

impl Case<'_> {
    pub(super) fn choose(&mut self, chosen: &Savings) -> Outcome {
        self.books.member.saving = if chosen.convert { Saving::Convert } else { Saving::Save };
        Outcome::nothing().about(json!({ "savings": if chosen.convert { "convert" } else { "save" } }))
    }

    /// What followed from enough points. It is never refused: nobody asks for it who could read why.
    pub(super) fn convert(&mut self, wanted: &Claimed) -> Outcome {
        let note = |why: String| Outcome { note: Some(format!("nothing converted: {why}")), ..Outcome::nothing() };
        if self.books.member.saving == Saving::Save {
            return note("the member saves".to_owned());
        }
        self.books.member.saving = Saving::Convert;
        self.claim(wanted).unwrap_or_else(|refusal| note(refusal.to_string()))
    }

    /// Lets a conversion follow when there are enough points. One that just failed is not tried again at once.
    pub(super) fn convert_if_enough(&mut self, done: &Outcome) {
        let failed = matches!(self.event.fact, Fact::Converted(_)) && done.points.change == 0;
        let chosen = self.books.member.saving == Saving::Convert && self.may_spend().is_ok();
        let Some(coupon) = self.coupon().filter(|_| chosen && !failed && self.due_anyway.is_none()) else { return };
        if coupon.cost > 0 && self.books.spendable_on(&[], &self.live.programme.settings) >= coupon.cost {
            let (own, claim) = (self.books.member.id.clone(), Claimed { reward: coupon.id.clone(), code: None });
            self.books.member.saving = Saving::Converting;
            self.follow_up(&own, Fact::Converted(claim));
        }
    }

    fn coupon(&self) -> Option<&Reward> {
        let programme = &self.live.programme;
        let wanted = programme.settings.converts_to.as_ref()?;
        programme.rewards.iter().find(|reward| reward.id == *wanted)
    }
}
