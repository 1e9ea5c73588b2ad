//! What a member's document keeps of challenges: joinings and givings, by whose doing they were. What another member brings stands
//! beside what is here, and goes with it again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lasting::Lasting;
use crate::loyalty::{mechanics::Keep, order::Award};

/// By member, then by challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Standing(pub BTreeMap<String, BTreeMap<String, Taken>>);

/// One member's part in one challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Taken {
    /// What came before it does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_at: Option<Timestamp>,
    /// Steps that somebody added or took by hand, by where they lie, as the measure counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub corrected: BTreeMap<String, i64>,
    /// By period, oldest first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub givings: BTreeMap<String, Vec<Giving>>,
    /// By period, how often it was done before the givings that are kept: final.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub earlier: BTreeMap<String, i64>,
    /// Tiers that givings which are final gave, until they end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Lasting<String>>,
    /// What of base points givings which are final multiply them by, in thousandths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub multipliers: Vec<Lasting<i64>>,
    /// Since when its badge stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge_at: Option<Timestamp>,
}

/// What one order or event reached, and what it gave. It is kept when it is taken back, with its dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Giving {
    /// The version that gave.
    pub version: u32,
    /// The business instant of what reached it first.
    pub at: Timestamp,
    /// How often it stands, and how often it stood at most.
    pub times: i64,
    pub most: i64,
    /// The first of these in its period: 1, 2, 3 ...
    pub first: i64,
    /// Points each time, before limits.
    #[serde(default, skip_serializing_if = "crate::values::money::is_zero")]
    pub each: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub award: Option<Award>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<String>,
    /// The row of Codes that its code is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// The tier that is worn while it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Lasting<String>>,
    /// Thousandths that base points are multiplied by while it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<Lasting<i64>>,
    /// When it was taken back, where the multiplier ended with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub badge: bool,
    /// Limits left nothing, or less: it is reached all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub limited: bool,
}

impl Taken {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether something of it stands that can be taken back.
    pub fn stands(&self) -> bool {
        self.givings.values().flatten().any(|giving| giving.times > 0)
    }

    /// How often it stands done in a period.
    pub fn times(&self, period: &str) -> i64 {
        let kept = self.givings.get(period).into_iter().flatten().map(|giving| giving.times).sum::<i64>();
        kept + self.earlier.get(period).copied().unwrap_or(0)
    }

    /// How often in all.
    pub fn times_in_all(&self) -> i64 {
        let kept = self.givings.values().flatten().map(|giving| giving.times).sum::<i64>();
        kept + self.earlier.values().sum::<i64>()
    }

    /// Tiers that stand given, also those that have ended since.
    pub fn tiers(&self) -> impl Iterator<Item = &Lasting<String>> {
        let standing = self.givings.values().flatten().filter(|giving| giving.times > 0);
        standing.filter_map(|giving| giving.tier.as_ref()).chain(&self.tiers)
    }

    /// What an order placed at this instant has its base points multiplied by, with each one's end. One that was taken back ended
    /// then.
    pub fn multipliers(&self, at: Timestamp) -> impl Iterator<Item = &Lasting<i64>> {
        let given = self.givings.values().flatten();
        let runs = move |giving: &&Giving| giving.times > 0 || giving.ended_at.is_some_and(|ended| at < ended);
        let given = given.filter(runs).filter_map(|giving| giving.multiplier.as_ref());
        given.chain(&self.multipliers).filter(move |given| given.from <= at && at < given.until)
    }

    /// These givings are final: nothing takes back any more what they gave. How often they stand.
    pub fn keep_for_good(&mut self, givings: impl IntoIterator<Item = Giving>) -> i64 {
        let mut times = 0;
        for giving in givings.into_iter().filter(|giving| giving.times > 0) {
            times += giving.times;
            if let Some(tier) = giving.tier {
                tier.join(&mut self.tiers);
            }
            if let Some(multiplier) = giving.multiplier {
                multiplier.join(&mut self.multipliers);
            }
        }
        times
    }

    /// What was done in a period is final: from now on it counts as done there, or in another.
    pub fn finish(&mut self, period: &str, counts_in: &str) {
        let givings = self.givings.remove(period).unwrap_or_default();
        let times = self.keep_for_good(givings) + self.earlier.remove(period).unwrap_or(0);
        if times > 0 {
            *self.earlier.entry(counts_in.to_owned()).or_default() += times;
        }
    }

    /// The number that the next one has in its period.
    pub fn next(&self, period: &str) -> i64 {
        let kept = self.givings.get(period).into_iter().flatten();
        kept.map(|giving| giving.first + giving.most)
            .max()
            .unwrap_or(1 + self.earlier.get(period).copied().unwrap_or(0))
    }
}

impl Standing {
    /// Everybody's part in a challenge, with whose it is.
    pub fn of<'s>(&'s self, goal: &'s str) -> impl Iterator<Item = (&'s String, &'s Taken)> {
        self.0.iter().filter_map(move |(owner, goals)| Some((owner, goals.get(goal)?)))
    }

    pub fn part(&self, owner: &str, goal: &str) -> Option<&Taken> {
        self.0.get(owner)?.get(goal)
    }

    /// Changes one part; what says nothing any more is not kept.
    pub fn change<T>(&mut self, (owner, goal): (&str, &str), change: impl FnOnce(&mut Taken) -> T) -> T {
        let goals = self.0.entry(owner.to_owned()).or_default();
        let taken = goals.entry(goal.to_owned()).or_default();
        let changed = change(taken);
        if taken.is_empty() {
            goals.remove(goal);
        }
        if goals.is_empty() {
            self.0.remove(owner);
        }
        changed
    }

    /// Changes every part.
    pub fn each(&mut self, change: impl Fn(&mut Taken)) {
        for goals in self.0.values_mut() {
            goals.values_mut().for_each(&change);
            goals.retain(|_, taken| !taken.is_empty());
        }
        self.0.retain(|_, goals| !goals.is_empty());
    }

    /// What was corrected of a challenge, whosever doing it is.
    pub fn corrected<'s>(&'s self, goal: &'s str) -> impl Iterator<Item = (&'s String, i64)> {
        self.of(goal).flat_map(|(_, taken)| taken.corrected.iter().map(|(place, steps)| (place, *steps)))
    }

    /// How often a challenge stands done, in one period or in all.
    pub fn times(&self, goal: &str, period: Option<&str>) -> i64 {
        let times = |taken: &Taken| period.map_or_else(|| taken.times_in_all(), |period| taken.times(period));
        self.of(goal).map(|(_, taken)| times(taken)).sum()
    }
}

impl Keep for Standing {
    fn take_in(&mut self, came: &Self) {
        for (owner, goals) in &came.0 {
            self.0.entry(owner.clone()).or_default().extend(goals.clone());
        }
    }

    fn give_back(&mut self, owners: &BTreeSet<String>) -> Self {
        Self(owners.iter().filter_map(|owner| self.0.remove_entry(owner)).collect())
    }

    /// What was done there is not done again; its points came as lots of their own, so nothing of it is taken back.
    fn carried(&self) -> Self {
        let mut carried = self.clone();
        carried.each(|taken| {
            let periods: Vec<String> = taken.givings.keys().cloned().collect();
            for period in periods {
                taken.finish(&period, &period);
            }
        });
        carried
    }
}
