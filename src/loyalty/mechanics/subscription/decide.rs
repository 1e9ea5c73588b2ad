//! An order comes in another state: what it buys of tiers is what its own version sells.

use std::collections::BTreeMap;

use super::{Config, Sold, state::Bought};
use crate::{
    loyalty::{
        deciding::Deciding,
        order::{Line, Order, OrderState},
    },
    values::span::Span,
};

/// Terms that one order buys of one tier, at most.
const AT_ONCE: i64 = 120;

impl Deciding<'_> {
    pub(super) fn subscribe(&mut self, order: &Order, state: &OrderState) {
        let sells = &self.programmes.number(order.programme).programme.mechanics.subscription;
        let subscribed = &mut self.books.member.subscribed;
        if sells.is_empty() && subscribed.is_empty() {
            return;
        }
        // What was bought before this programme gives nothing here, unless the member came with it.
        let is_imported = order.history.is_some() && subscribed.holder(&order.id).is_none();
        let Some(paid_at) = order.paid_at.filter(|_| !is_imported) else { return };
        let owner = self.owner.as_ref().unwrap_or(&self.books.member.id);
        subscribed.put((owner, &order.id), paid_at, &bought(sells, state));
    }
}

/// What an order buys in this state: a term for each whole piece that the member keeps and did not get the money back for.
fn bought<'p>(sells: &'p Config, state: &OrderState) -> Bought<'p> {
    let mut pieces: BTreeMap<&str, (Span, i64)> = BTreeMap::new();
    if !state.status.earns() || sells.is_empty() {
        return pieces;
    }
    let refunded = |line: &Line, left: i64| line.total() > 0 && left == 0;
    for (line, left) in state.lines.iter().zip(state.kept()) {
        let sold = line.sku.as_ref().and_then(|sku| sells.of(sku));
        if let Some(Sold { tier, lasts }) = sold.filter(|_| !refunded(line, left)) {
            let of_it = pieces.entry(tier).or_insert((*lasts, 0));
            of_it.1 = of_it.1.saturating_add((line.quantity.0 - line.returned.0).max(0));
        }
    }
    let whole = pieces.into_iter().map(|(tier, (lasts, of_it))| (tier, (lasts, (of_it / 1000).min(AT_ONCE))));
    whole.filter(|(_, (_, times))| *times > 0).collect()
}
