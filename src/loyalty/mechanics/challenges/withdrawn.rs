//! A version that was a mistake gave more than points: a person may have the tier and the badge of a challenge ended that an earlier
//! version does not have. How often it was done stays, so neither is given again for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Standing, newest};
use crate::loyalty::{
    Member, Programmes,
    deciding::{Deciding, Outcome},
    event::{EachText, Kind},
};

/// What versions after one gave by a challenge ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeWithdrawn {
    pub challenge: String,
    /// The number of the last version whose givings stay.
    pub after: u32,
    /// Encrypted with the member's key.
    pub reason: String,
}

impl Kind for ChallengeWithdrawn {
    fn each_text(&mut self, see: EachText<'_>) {
        see("reason", &mut self.reason);
    }
}

/// What a member has of one challenge by later versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenLater {
    pub challenge: String,
    pub name: String,
    pub tier: Option<String>,
    pub badge: bool,
}

/// Whether versions after this one have challenges that it does not have.
pub fn later_has_more(programmes: &Programmes, after: u32) -> bool {
    let config = &programmes.number(after).programme.mechanics.challenges;
    let later = programmes.iter().filter(|version| version.number > after);
    { later }.any(|later| later.programme.mechanics.challenges.goals.iter().any(|goal| config.goal(&goal.id).is_none()))
}

/// What a member has at an instant of challenges that this version does not have, by later ones.
pub fn given_later(programmes: &Programmes, member: &Member, (after, now): (u32, Timestamp)) -> Vec<GivenLater> {
    let config = &programmes.number(after).programme.mechanics.challenges;
    let ids = member.challenges.0.values().flat_map(BTreeMap::keys);
    let ids: BTreeSet<&String> = ids.filter(|id| config.goal(id).is_none()).collect();
    let given = ids.into_iter().filter_map(|id| {
        let mut without = member.challenges.clone();
        without.withdraw(programmes, (id, after));
        let worn = |standing: &Standing| -> BTreeSet<String> {
            let tiers = standing.of(id).flat_map(|(_, taken)| taken.tiers()).filter(|tier| now < tier.until);
            tiers.map(|tier| tier.what.clone()).collect()
        };
        let tier = worn(&member.challenges).difference(&worn(&without)).next().cloned();
        let has_badge = |standing: &Standing| standing.of(id).any(|(_, taken)| taken.badge_at.is_some());
        let badge = has_badge(&member.challenges) && !has_badge(&without);
        let name = newest(programmes, id).map_or(id, |goal| &goal.name).clone();
        (tier.is_some() || badge).then(|| GivenLater { challenge: id.clone(), name, tier, badge })
    });
    given.collect()
}

impl Standing {
    /// Of a challenge the tier and the badge that versions after this one gave are gone; where none before had it, also those that are
    /// final.
    fn withdraw(&mut self, programmes: &Programmes, (id, after): (&str, u32)) {
        let has = |version: &crate::loyalty::Version| version.programme.mechanics.challenges.goal(id).is_some();
        let never_before = programmes.iter().all(|version| version.number > after || !has(version));
        let owners: Vec<String> = self.of(id).map(|(owner, _)| owner.clone()).collect();
        for owner in owners {
            self.change((&owner, id), |taken| {
                for giving in taken.givings.values_mut().flatten().filter(|giving| giving.version > after) {
                    (giving.tier, giving.badge) = (None, false);
                }
                if never_before {
                    taken.tiers.clear();
                }
                let given_before = taken.earlier.values().any(|times| *times > 0)
                    || taken.givings.values().flatten().any(|giving| giving.badge && giving.times > 0);
                if never_before || !given_before {
                    taken.badge_at = None;
                }
            });
        }
    }
}

impl Deciding<'_> {
    pub(in crate::loyalty) fn withdraw_challenge(&mut self, wanted: &ChallengeWithdrawn) -> Outcome {
        let standing = &mut self.books.member.challenges;
        standing.withdraw(self.programmes, (&wanted.challenge, wanted.after));
        Outcome::nothing()
    }
}
