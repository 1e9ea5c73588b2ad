//! Last of all in a decision: a higher tier is worn than before, or one was lost because goods came back.

use jiff::ToSpan;

use super::Once;
use crate::loyalty::{
    Fact,
    deciding::Deciding,
    mechanics::{Cause, rewards::RewardGiven},
};

impl Deciding<'_> {
    pub(super) fn reach_tier(&mut self) {
        let rewards = &self.live.programme.mechanics.reaching.0;
        let member = &self.books.member;
        let gone = member.left_at.is_some() || member.merged_into.is_some();
        if rewards.is_empty() && member.reached == super::Reached::default() || gone || self.comes_from_elsewhere() {
            return;
        }
        let programme = self.programme();
        let is_new = self.before.tier.is_empty();
        let (was, is) = (programme.tier_rank(&self.before.tier), programme.tier_rank(&member.tier.id));
        if is > was || is_new {
            self.reached();
        } else if is < was && self.before.tier_until.is_none_or(|until| until > self.now) {
            self.lost(is);
        }
    }

    /// Nobody reaches or loses a tier by turning out to be somebody, or by what is brought from elsewhere.
    fn comes_from_elsewhere(&self) -> bool {
        let fact = &self.event.fact;
        fact.is_past() || matches!(fact, Fact::Merged(_) | Fact::Absorbed(_) | Fact::Unmerged(_) | Fact::Restored(_))
    }

    fn reached(&mut self) {
        let member = &self.books.member;
        let tier = member.tier.id.clone();
        let last = member.reached.last(&tier).map(|(owner, once)| (owner.clone(), once.clone()));
        let zone = &self.live.programme.settings.zone;
        let again = |once: &Once| {
            let next = once.at.to_zoned(zone.clone()).saturating_add(12.months());
            next.timestamp() <= self.now
        };
        let (owner, once) = match last {
            Some((owner, once)) if once.lost => (owner, Once { lost: false, ..once }),
            Some((_, once)) if !again(&once) => return,
            _ => {
                let Some(reward) = self.live.programme.mechanics.reaching.0.get(&tier) else { return };
                (member.id.clone(), Once { at: self.now, reward: reward.clone(), lost: false })
            }
        };
        self.bring_tier_reward(&owner, &tier, once);
    }

    /// Rewards of tiers above this rank are taken back, as far as nobody has used them.
    fn lost(&mut self, rank: usize) {
        let programme = self.programme();
        let above = |tier: &String| programme.tier_rank(tier) > rank;
        let all = self.books.member.reached.all().filter(|(_, tier, once)| !once.lost && above(tier));
        let lost: Vec<_> = all.map(|(owner, tier, once)| (owner.clone(), tier.clone(), once.clone())).collect();
        for (owner, tier, once) in lost {
            self.bring_tier_reward(&owner, &tier, Once { lost: true, ..once });
        }
    }

    fn bring_tier_reward(&mut self, owner: &str, tier: &str, once: Once) {
        let (period, reward) = (once.at.to_string(), once.reward.clone());
        self.books.member.reached.put(owner, tier, once);
        let key = [owner, tier, &period];
        let (owner, tier) = (owner.to_owned(), Some(tier.to_owned()));
        let cause = Cause { tier, period: period.clone(), n: 1, owner, ..Cause::default() };
        self.bring_about(&Fact::RewardGiven(RewardGiven::of(cause, reward)), &key);
    }
}
