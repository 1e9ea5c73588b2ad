//! Codes: used on orders or by themselves, as often as they may be; a use is given back when its order comes back.

mod decide;
mod event;
mod quote;
mod rows;
mod state;
mod worth;

use super::{Mechanic, States, Used};
use crate::loyalty::{Member, Order, deciding::Deciding, quote::Cart, shared};
pub use event::CodeUse;
pub use rows::{Benefit, Config, Offer, active};
pub use state::Uses;
pub use worth::{find_offer, may_use};

pub(in crate::loyalty) struct Codes;

impl Mechanic for Codes {
    fn ordered(&self, deciding: &mut Deciding<'_>, order: &mut Order, states: States<'_>) {
        deciding.use_codes(order, states);
    }

    fn quoted(&self, cart: &mut Cart<'_>) {
        cart.take_codes();
    }

    fn used(&self, member: &Member, orders: &[Order], used: &mut Used) {
        for code in orders.iter().flat_map(|order| order.codes.keys()) {
            used.add(shared::code(code), 1);
        }
        used.codes.extend(member.codes.iter().cloned());
    }
}
