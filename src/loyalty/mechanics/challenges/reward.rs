//! The reward and the code of a giving: they follow as events of their own, which give only if the giving still stands then.

use super::{Giving, Goal};
use crate::loyalty::{
    Fact, Member,
    deciding::Deciding,
    mechanics::{
        Cause,
        codes::{CodeGiven, coupon_of},
        rewards::{ClaimState, RewardGiven, claim_of},
    },
};

/// Whether the giving stands that is a cause.
pub(super) fn stands(member: &Member, cause: &Cause) -> bool {
    let Cause { challenge, period, n, owner, .. } = cause;
    let taken = member.challenges.part(owner, challenge);
    let kept = taken.and_then(|taken| taken.givings.get(period)).into_iter().flatten();
    { kept }.any(|giving| giving.first == *n && giving.times > 0)
}

/// One giving as a cause.
fn cause_of((goal, period): (&str, &str), owner: &str, n: i64) -> Cause {
    let [challenge, period, owner] = [goal, period, owner].map(str::to_owned);
    Cause { challenge, period, n, owner, ..Cause::default() }
}

impl Goal {
    /// Whether each time gives something of which each is one by itself.
    pub fn gives_one_by_one(&self) -> bool {
        self.reward.is_some() || self.offer.is_some()
    }
}

impl Deciding<'_> {
    /// Lets the events follow that bring reward and code to what stands.
    pub(super) fn reward_follows(&mut self, (goal, period): (&str, &str), owner: &str, n: i64) {
        let giving = self.books.member.challenges.part(owner, goal).and_then(|taken| taken.givings.get(period));
        let giving = giving.into_iter().flatten().find(|giving| giving.first == n);
        let Some((reward, offer)) = giving.map(|giving| (giving.reward.clone(), giving.offer.clone())) else { return };
        let (cause, number) = (cause_of((goal, period), owner, n), n.to_string());
        let key = [owner, goal, period, &number];
        if let Some(reward) = reward {
            self.bring_about(&Fact::RewardGiven(RewardGiven::of(cause.clone(), reward)), &key);
        }
        if let Some(offer) = offer {
            self.bring_about(&Fact::CodeGiven(CodeGiven::of(cause, offer)), &key);
        }
    }

    /// What it gave was handed over, or its code used: it is final.
    pub(super) fn is_handed_over(&self, goal: (&str, &str), owner: &str, giving: &Giving) -> bool {
        let (member, brand) = (&self.books.member, &self.event.brand);
        let cause = cause_of(goal, owner, giving.first);
        let claim = giving.reward.as_ref().and_then(|_| member.claims.get(&claim_of(&cause, brand)));
        let coupon = giving.offer.as_ref().and_then(|_| member.coupons.get(&coupon_of(&cause, brand)));
        claim.is_some_and(|claim| claim.state == ClaimState::Fulfilled) || coupon.is_some_and(|coupon| coupon.used > 0)
    }
}
