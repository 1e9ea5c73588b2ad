//! A member joined a challenge; and a reward that a challenge gives, or does not any more.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::reward;
use crate::loyalty::{
    Member, Programmes, counters,
    event::{About, EachText, Kind},
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeJoined {
    pub challenge: String,
}

impl Kind for ChallengeJoined {
    fn each_text(&mut self, _: EachText<'_>) {}
}

/// What follows from a giving with a reward, each time it changes. What is to be done is looked up when it is decided: the reward is
/// there exactly if the giving stands then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardGiven {
    pub challenge: String,
    pub period: String,
    /// The how manieth in its period.
    pub n: i64,
    /// Whose doing reached it.
    pub owner: String,
    pub reward: String,
    /// The coupon's code, made by whoever accepts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl Kind for RewardGiven {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn counts(&self, _: &About<'_>, keys: &mut BTreeSet<String>) {
        keys.insert(counters::stock(&self.reward));
        keys.extend(self.code.iter().map(|issued| counters::code(issued)));
    }

    /// The code that it is worth already.
    fn counts_of(&self, member: &Member, keys: &mut BTreeSet<String>) {
        let claims = member.claims.iter().filter(|(_, claim)| claim.reward == self.reward);
        keys.extend(claims.filter_map(|(_, claim)| claim.code.as_deref()).map(counters::code));
    }

    /// A coupon's code.
    fn complete(&mut self, programmes: &Programmes, code: &dyn Fn() -> String) -> bool {
        self.code = reward::of(programmes, &self.reward).and_then(|reward| reward.offer.as_ref()).map(|_| code());
        self.code.is_some()
    }
}
