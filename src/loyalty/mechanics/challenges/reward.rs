//! The reward and the code of a giving: they follow as events of their own, which give only if the giving still stands then.

use std::collections::{BTreeMap, BTreeSet};

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

    /// What it gave was handed over, or its code used by anybody: it is final.
    pub(super) fn is_handed_over(&mut self, goal: (&str, &str), owner: &str, giving: &Giving) -> bool {
        let cause = cause_of(goal, owner, giving.first);
        let (member, brand) = (&self.books.member, &self.event.brand);
        let claim = giving.reward.as_ref().and_then(|_| member.claims.get(&claim_of(&cause, brand)));
        if claim.is_some_and(|claim| claim.state == ClaimState::Fulfilled) {
            return true;
        }
        let of_reward = claim.filter(|claim| claim.state == ClaimState::Claimed).and_then(|claim| claim.code.clone());
        let coupon = giving.offer.as_ref().and_then(|_| member.coupons.get(&coupon_of(&cause, brand)));
        let own = coupon.map(|coupon| (coupon.code.clone(), coupon.used));
        let codes = [of_reward.map(|code| (code, 0)), own];
        codes.into_iter().flatten().any(|(code, own_uses)| self.is_used(&code, own_uses))
    }
}

/// Codes of what stands given: one that is used makes its giving final.
pub(super) fn codes(member: &Member) -> impl Iterator<Item = &String> {
    let givings = member.challenges.0.values().flat_map(BTreeMap::values).flat_map(|taken| taken.givings.values());
    let standing: Vec<&Giving> = givings.flatten().filter(|giving| giving.times > 0).collect();
    let offers: BTreeSet<&String> = standing.iter().filter_map(|giving| giving.offer.as_ref()).collect();
    let rewards: BTreeSet<&String> = standing.iter().filter_map(|giving| giving.reward.as_ref()).collect();
    let own = member.coupons.values().filter(move |coupon| !coupon.void && offers.contains(&coupon.offer));
    let claims = member.claims.values().filter(move |claim| rewards.contains(&claim.reward));
    let of_rewards = claims.filter(|claim| claim.state == ClaimState::Claimed).filter_map(|claim| claim.code.as_ref());
    own.map(|coupon| &coupon.code).chain(of_rewards)
}
