//! A reward on reaching a tier: a claim for no points, once in twelve months for each tier, whatever falls and climbs lie between. A
//! tier that is lost because goods come back takes with it what nobody has used; reached again, it is that claim again.

mod decide;
mod rows;
mod state;

use jiff::Timestamp;

use super::{Cause, Mechanic};
use crate::loyalty::{Member, Programme, deciding::Deciding, pruning::days_before};
pub use rows::Config;
pub use state::{Once, Reached};

/// For so long it is remembered that a tier was reached.
const REMEMBERED_DAYS: i64 = 400;

pub(in crate::loyalty) struct Reaching;

impl Mechanic for Reaching {
    fn closing(&self, deciding: &mut Deciding<'_>) {
        deciding.reach_tier();
    }

    fn gives(&self, member: &Member, cause: &Cause) -> bool {
        let once = cause.tier.as_ref().and_then(|tier| member.reached.of(&cause.owner, tier));
        once.is_some_and(|once| !once.lost && once.at.to_string() == cause.period)
    }

    fn forget(&self, _: &Programme, member: &mut Member, now: Timestamp) {
        let long_ago = days_before(now, REMEMBERED_DAYS);
        member.reached.keep(|once| once.at > long_ago);
    }
}
