//! Subscription: a tier that is sold as an article. Its end is worked out anew, whenever it is looked at, from the orders of it that
//! stand: each begins where the one before it ends, or when it was paid. So renewals, returns and orders that come late end the same
//! in any order.

mod chain;
mod decide;
mod rows;
mod state;

use super::{Cell, Mechanic, Shown, States, Table};
use crate::loyalty::{Member, Order, Programme, deciding::Deciding, member::TierStanding};
pub use rows::{Config, Sold};
pub use state::{Subscribed, Term, Terms};

pub(in crate::loyalty) struct Subscription;

impl Mechanic for Subscription {
    fn ordered(&self, deciding: &mut Deciding<'_>, order: &mut Order, states: States<'_>) {
        deciding.subscribe(order, states.new);
    }

    fn tiers(&self, programme: &Programme, member: &Member, given: &mut dyn FnMut(TierStanding)) {
        for tier in member.subscribed.tiers() {
            if let Some(run) = member.subscribed.last_run(tier, &programme.settings.zone) {
                given(TierStanding { id: tier.clone(), since: Some(run.from), until: Some(run.until) });
            }
        }
    }

    fn closing(&self, deciding: &mut Deciding<'_>) {
        let zone = &deciding.programme().settings.zone;
        let now = deciding.now;
        deciding.books.member.subscribed.forget(now, zone);
    }

    fn show(&self, programme: &Programme, member: &Member, shown: &mut Shown) {
        let all = member.subscribed.tiers().into_iter().filter_map(|tier| {
            let run = member.subscribed.last_run(tier, &programme.settings.zone)?;
            let name = programme.tier(tier).map_or(tier, |known| &known.name).clone();
            let orders = member.subscribed.orders_of(tier).collect::<Vec<_>>().join(", ");
            Some(vec![Cell::Text(name), Cell::At(run.from), Cell::At(run.until), Cell::Text(orders)])
        });
        let rows: Vec<_> = all.collect();
        if !rows.is_empty() {
            shown.tables.push(Table { title: "Subscriptions", columns: &["Tier", "Since", "Until", "Orders"], rows });
        }
    }
}

#[cfg(test)]
mod tests;
