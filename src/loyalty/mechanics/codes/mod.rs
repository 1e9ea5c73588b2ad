//! Codes: used on orders or by themselves, as often as they may be; a use is given back when its order comes back.

mod coupons;
mod decide;
mod event;
mod given;
mod quote;
mod rows;
mod state;
mod worth;

use jiff::{Timestamp, tz::TimeZone};

use super::{Mechanic, States, Used};
use crate::loyalty::{
    Member, Order, Programme, counters, deciding::Deciding, pruning::days_before, quote::Cart, receipt::Receipt,
    subject::Subject,
};
use crate::programme::tables::Columns;
pub use coupons::{Coupon, Coupons};
pub use event::{CodeGiven, CodeUse, coupon_of};
pub use rows::{Benefit, Config, Offer, Offers};
pub use state::Uses;
pub use worth::{find_offer, may_use};

/// The table of offers.
pub const TABLE: &str = rows::Column::TABLE;

/// For so long a use without an order can be given back, and is not taken for another one.
const USE_DAYS: i64 = 400;

/// For so long a member's own code can be taken back, and is shown.
const COUPON_DAYS: i64 = 400;

pub(in crate::loyalty) struct Codes;

impl Mechanic for Codes {
    fn ordered(&self, deciding: &mut Deciding<'_>, order: &mut Order, states: States<'_>) {
        deciding.use_codes(order, states);
    }

    fn quoted(&self, cart: &mut Cart<'_>) {
        cart.take_codes();
    }

    fn used(&self, _: &Member, orders: &[Order], used: &mut Used) {
        for code in orders.iter().flat_map(|order| order.codes.keys()) {
            used.add(counters::code(code), 1);
        }
    }

    fn used_by(&self, receipt: &Receipt, used: &mut Used) {
        match &receipt.subject {
            Some(Subject::CodeUsed { code, .. }) => used.add(counters::code(code), 1),
            Some(Subject::CodeReleased { code, .. }) => used.add(counters::code(code), -1),
            _ => {}
        }
    }

    fn forget(&self, _: &Programme, member: &mut Member, now: Timestamp) {
        if !member.codes.is_empty() {
            member.codes.forget_before(days_before(now, USE_DAYS).to_zoned(TimeZone::UTC).date());
        }
        let long_ago = days_before(now, COUPON_DAYS);
        member.coupons.retain(|_, coupon| coupon.at > long_ago);
    }
}
