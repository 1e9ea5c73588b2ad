//! A reward was taken, and what became of the claim.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::loyalty::{
    Member, Programmes, counters,
    event::{About, EachText, Kind},
    mechanics::Cause,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    pub reward: String,
    /// The coupon's code, made by whoever accepts the claim; no part of what the caller sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl Kind for Claimed {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn counts(&self, _: &About<'_>, keys: &mut BTreeSet<String>) {
        keys.insert(counters::stock(&self.reward));
        keys.extend(self.code.iter().map(|issued| counters::code(issued)));
    }

    /// A coupon's code.
    fn complete(&mut self, programmes: &Programmes, code: &dyn Fn() -> String) -> bool {
        let reward =
            programmes.live().programme.mechanics.rewards.catalogue.iter().find(|reward| reward.id == self.reward);
        self.code = reward.and_then(|reward| reward.offer.as_ref()).map(|_| code());
        true
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimStep {
    pub claim: String,
    /// What the issuer answered, or why it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Kind for ClaimStep {
    fn each_text(&mut self, see: EachText<'_>) {
        self.note.iter_mut().for_each(|note| see("note", note));
    }

    /// The code that the claim is worth.
    fn counts_of(&self, member: &Member, keys: &mut BTreeSet<String>) {
        let claim = member.claims.get(&self.claim);
        keys.extend(claim.and_then(|claim| claim.code.as_deref()).map(counters::code));
    }
}

/// What follows from something that gives a reward for no points, each time it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct RewardGiven {
    #[serde(flatten)]
    pub cause: Cause,
    pub reward: String,
    /// The coupon's code, made by whoever accepts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl RewardGiven {
    pub fn of(cause: Cause, reward: String) -> Self {
        Self { cause, reward, code: None }
    }

    /// The claim's name.
    pub fn claim(&self, brand: &str) -> String {
        claim_of(&self.cause, brand)
    }
}

/// The name of the claim that a cause gives.
pub fn claim_of(cause: &Cause, brand: &str) -> String {
    cause.names("clm", brand)
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
        self.code =
            super::given::offered(programmes, &self.reward).and_then(|reward| reward.offer.as_ref()).map(|_| code());
        self.code.is_some()
    }
}
