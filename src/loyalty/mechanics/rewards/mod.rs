//! Rewards: claimed for points while stock lasts, fulfilled, or cancelled with points and stock returned.

mod decide;
mod event;
mod given;
mod rows;
mod state;

use jiff::Timestamp;

use super::{Mechanic, Used};
use crate::{
    loyalty::{Member, Programme, counters, lot::Part, pruning::days_before, receipt::Receipt, subject::Subject},
    programme::tables::Columns,
};
pub use event::{ClaimStep, Claimed, RewardGiven, claim_of};
pub use rows::{Catalogue, Config, Reward, RewardKind};
pub use state::{Claim, ClaimState, Claims};

/// The table of rewards.
pub const TABLE: &str = rows::Column::TABLE;

/// For so long it is remembered what became of a claim that is over.
const CLAIM_DAYS: i64 = 400;

pub(in crate::loyalty) struct Rewards;

impl Mechanic for Rewards {
    fn parts<'m>(&self, member: &'m Member) -> Vec<&'m [Part]> {
        member.claims.values().map(|claim| claim.parts.as_slice()).collect()
    }

    fn forget(&self, _: &Programme, member: &mut Member, now: Timestamp) {
        let long_ago = days_before(now, CLAIM_DAYS);
        member.claims.retain(|_, claim| claim.state == ClaimState::Claimed || claim.at > long_ago);
    }

    fn used_by(&self, receipt: &Receipt, used: &mut Used) {
        match &receipt.subject {
            Some(Subject::Claim { reward, .. }) => used.add(counters::stock(reward), 1),
            Some(Subject::ClaimCancelled { reward, .. }) => used.add(counters::stock(reward), -1),
            _ => {}
        }
    }
}
