//! Rewards and codes that rules give: once for each order or event that meets the rule. An order that meets it no more takes back what
//! nobody has used; met again, it is the same claim or code again.

mod decide;
mod rows;
mod state;

use jiff::Timestamp;

use super::{Cause, Mechanic, States};
use crate::loyalty::{
    Member, Order, Programme, Refusal, deciding::Deciding, earn::Circumstances, pruning::days_before,
};
pub use rows::Config;
pub use state::{Gift, Given};

/// For so long all of them are remembered, and for so long the newest.
const DAYS: i64 = 31;
const NEWEST_DAYS: i64 = 400;
const NEWEST: usize = 50;

pub(in crate::loyalty) struct Gifts;

impl Mechanic for Gifts {
    fn settled(&self, deciding: &mut Deciding<'_>, order: &Order, states: States<'_>) -> Result<(), Refusal> {
        deciding.give_for_order(order, states)
    }

    fn rewarded(&self, deciding: &mut Deciding<'_>, programme: &Programme, kind: &str, given: &Circumstances<'_>) {
        deciding.give_for_event((programme, kind), given);
    }

    fn gives(&self, member: &Member, cause: &Cause) -> bool {
        let gift = cause.rule.as_ref().and_then(|rule| member.gifts.of((&cause.owner, &cause.period), rule));
        gift.is_some_and(|gift| !gift.lost)
    }

    fn forget(&self, _: &Programme, member: &mut Member, now: Timestamp) {
        member.gifts.keep(NEWEST, (days_before(now, DAYS), days_before(now, NEWEST_DAYS)));
    }
}
