//! What a member's document keeps of tiers that were reached, by whose doing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::loyalty::mechanics::Keep;

/// By member, then by tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Reached(BTreeMap<String, BTreeMap<String, Once>>);

/// A tier's reward, the last time it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    pub at: Timestamp,
    pub reward: String,
    /// Goods came back, and the tier was lost with them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lost: bool,
}

impl Reached {
    pub fn of(&self, owner: &str, tier: &str) -> Option<&Once> {
        self.0.get(owner)?.get(tier)
    }

    /// The last time that this tier's reward was given, by whose doing.
    pub fn last(&self, tier: &str) -> Option<(&String, &Once)> {
        let all = self.0.iter().filter_map(|(owner, tiers)| Some((owner, tiers.get(tier)?)));
        all.max_by_key(|(_, once)| once.at)
    }

    pub fn put(&mut self, owner: &str, tier: &str, once: Once) {
        self.0.entry(owner.to_owned()).or_default().insert(tier.to_owned(), once);
    }

    /// All of them: by whose doing, which tier.
    pub fn all(&self) -> impl Iterator<Item = (&String, &String, &Once)> {
        self.0.iter().flat_map(|(owner, tiers)| tiers.iter().map(move |(tier, once)| (owner, tier, once)))
    }

    pub fn keep(&mut self, keep: impl Fn(&Once) -> bool) {
        self.0.values_mut().for_each(|tiers| tiers.retain(|_, once| keep(once)));
        self.0.retain(|_, tiers| !tiers.is_empty());
    }
}

impl Keep for Reached {
    fn take_in(&mut self, came: &Self) {
        for (owner, tiers) in &came.0 {
            self.0.entry(owner.clone()).or_default().extend(tiers.clone());
        }
    }

    fn give_back(&mut self, owners: &BTreeSet<String>) -> Self {
        Self(owners.iter().filter_map(|owner| self.0.remove_entry(owner)).collect())
    }

    fn carried(&self) -> Self {
        self.clone()
    }
}
