//! The reward of a giving: it follows as an event of its own, which gives only if the giving still stands then.

use crate::loyalty::{Member, deciding::Deciding, mechanics::rewards::RewardGiven};

/// Whether the giving stands that a reward is of.
pub(super) fn stands(member: &Member, given: &RewardGiven) -> bool {
    let RewardGiven { challenge, period, n, owner, .. } = given;
    let taken = member.challenges.part(owner, challenge);
    let kept = taken.and_then(|taken| taken.givings.get(period)).into_iter().flatten();
    { kept }.any(|giving| giving.first == *n && giving.times > 0)
}

/// The reward of one giving.
pub(super) fn reward_of((goal, period): (&str, &str), owner: &str, (n, reward): (i64, &str)) -> RewardGiven {
    let [challenge, period, owner, reward] = [goal, period, owner, reward].map(str::to_owned);
    RewardGiven { challenge, period, n, owner, reward, ..RewardGiven::default() }
}

impl Deciding<'_> {
    /// Lets the event follow that brings the reward to what stands.
    pub(super) fn reward_follows(&mut self, (goal, period): (&str, &str), owner: &str, n: i64) {
        let giving = self.books.member.challenges.part(owner, goal).and_then(|taken| taken.givings.get(period));
        let giving = giving.into_iter().flatten().find(|giving| giving.first == n);
        let Some(reward) = giving.and_then(|giving| giving.reward.clone()) else { return };
        let given = reward_of((goal, period), owner, (n, &reward));
        self.bring_reward(given, &[owner, goal, period, &n.to_string()]);
    }
}
