//! A toy: the whole of what a mechanic may do, small enough to read. Each order with goods is a stamp; an order that ends takes its
//! stamp with it; a week after the last one they are worth nothing any more. It exists in tests alone.

mod state;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

pub use self::state::Stamps;
use super::{Cell, Mechanic, Shown, States, Table, Used};
use crate::loyalty::{Member, Order, Programme, books::Books, deciding::Deciding, quote::Cart};

pub type Config = ();

pub(in crate::loyalty) struct Toy;

impl Mechanic for Toy {
    fn ordered(&self, deciding: &mut Deciding<'_>, order: &mut Order, states: States<'_>) {
        let stamps = &mut deciding.books.member.toy;
        if states.new.status.earns() && order.id.starts_with("toy-") {
            stamps.given.insert(order.id.clone(), states.new.placed_at);
        } else {
            stamps.given.remove(&order.id);
        }
    }

    fn left(&self, deciding: &mut Deciding<'_>) {
        deciding.books.member.toy = Stamps::default();
    }

    fn next_due(&self, _: &Programme, member: &Member) -> Option<(Timestamp, String)> {
        let last = member.toy.given.values().max()?;
        let week = SignedDuration::from_hours(7 * 24);
        Some((last.saturating_add(week).ok()?, "stamps end".to_owned()))
    }

    fn fall_due(&self, _: &Programme, books: &mut Books<'_>, (at, what): (Timestamp, &str)) {
        assert_eq!(what, "stamps end");
        books.member.toy = Stamps { given: BTreeMap::new(), ended_at: Some(at) };
    }

    fn quoted(&self, cart: &mut Cart<'_>) {
        cart.free_shipping |= cart.member.toy.given.len() >= 3;
    }

    fn used(&self, member: &Member, _: &[Order], used: &mut Used) {
        used.add("toys".to_owned(), i64::try_from(member.toy.given.len()).unwrap());
    }

    fn show(&self, _: &Programme, member: &Member, shown: &mut Shown) {
        let rows: Vec<_> =
            member.toy.given.iter().map(|(order, at)| vec![Cell::At(*at), Cell::Text(order.clone())]).collect();
        if !rows.is_empty() {
            shown.tables.push(Table { title: "Stamps", columns: &["When", "Order"], rows });
        }
    }
}

#[cfg(test)]
mod tests;
