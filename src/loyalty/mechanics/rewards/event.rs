//! A reward was taken, and what became of the claim.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::loyalty::{
    Member, Programmes, counters,
    event::{About, EachText, Kind},
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
