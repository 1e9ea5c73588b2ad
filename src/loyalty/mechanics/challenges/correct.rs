//! A person adds steps to a challenge of a member, or takes some, and says why: what was counted never falls below nothing by it, and
//! what is reached or missed by it is given or taken back like after an order.

use super::{ChallengeCorrected, Goal, Judged};
use crate::{
    loyalty::{
        NotAllowed, Refusal,
        deciding::{Deciding, Outcome},
        measures::{Happened, Window},
    },
    values::count::counted,
};

impl Deciding<'_> {
    pub(in crate::loyalty) fn correct_challenge(&mut self, wanted: &ChallengeCorrected) -> Result<Outcome, Refusal> {
        let live = self.live;
        let known = live.programme.mechanics.challenges.goal(&wanted.challenge);
        let goal = known.ok_or_else(|| Refusal::NoSuch { what: "challenge", id: wanted.challenge.clone() })?;
        self.may_correct(goal)?;
        let (zone, programmes) = (&live.programme.settings.zone, self.programmes);
        let judged = Judged { goal, version: live.number, live: true };
        let member = &self.books.member;
        let before = judged.counted(programmes, member, &member.measures);
        let place = goal.measure.window.place(self.now, zone);
        let by = (wanted.steps * goal.step).max(-before.at(&place)); // both are bounded
        let owner = member.id.clone();
        self.books.member.challenges.change((&owner, &goal.id), |taken| {
            let steps = taken.corrected.entry(place.clone()).or_default();
            *steps += by;
            if *steps == 0 {
                taken.corrected.remove(&place);
            }
        });
        let member = &self.books.member;
        let now = judged.counted(programmes, member, &member.measures);
        let pins = self.pins(self.now);
        let happened = Happened { order: None, at: self.now, pins, own: true, before: None };
        self.follow_goal(judged, (&before, &now), &happened)?;
        let less = by != wanted.steps * goal.step;
        let note = less.then(|| format!("there are no more: {} taken", counted(-by / goal.step, "step")));
        Ok(Outcome { note, ..Outcome::nothing() })
    }

    fn may_correct(&self, goal: &Goal) -> Result<(), Refusal> {
        let member = &self.books.member;
        let joined = || member.challenges.of(&goal.id).any(|(_, taken)| taken.joined_at.is_some());
        if member.left_at.is_some() {
            Err(Refusal::NotAllowed(NotAllowed::Left))
        } else if goal.is_by_time() || matches!(goal.measure.window, Window::Row(_)) {
            Err(Refusal::NotAllowed(NotAllowed::NoSteps))
        } else if goal.joins && !joined() {
            Err(Refusal::NoSuch { what: "joined challenge", id: goal.id.clone() })
        } else {
            Ok(())
        }
    }
}
