//! A state of an order as an event: whose name stands in it, what it counts in, and the bounds of its numbers.

use std::collections::BTreeSet;

use super::kind::{About, EachText, Kind};
use crate::{
    loyalty::{
        counters,
        order::{Line, OrderState},
    },
    programme::PURCHASE,
    values::{
        bounds::{AMOUNT, ORDER, RATE, TooLarge, amount, within},
        code::normal,
        exchange::Exchange,
        money::{format_units, places},
    },
};

impl Kind for OrderState {
    fn each_text(&mut self, see: EachText<'_>) {
        self.operator.iter_mut().for_each(|who| see("operator", who));
    }

    fn amount_at(&self) -> &'static str {
        "/lines"
    }

    /// An order's amounts, each and together.
    fn bounded(&self) -> Result<(), TooLarge> {
        let sum = |of_line: fn(&Line) -> i128| self.lines.iter().map(of_line).sum::<i128>();
        for line in &self.lines {
            let amounts = [line.unit_price, line.discount, line.tax, line.by_points, line.by_codes];
            amounts.iter().try_for_each(|of| within(*of, 0, AMOUNT, ORDER))?;
            within(line.quantity.0, 0, AMOUNT, ("/lines", "the quantity of a line in thousandths"))?;
            within(line.returned.0, 0, AMOUNT, ("/lines", "the returned quantity of a line in thousandths"))?;
        }
        for of_line in [Line::exact_value, |line: &Line| line.discount.into(), |line: &Line| line.tax.into()] {
            amount(sum(of_line))?;
        }
        within(self.shipping, 0, AMOUNT, ("/shipping", "shipping in minor units"))?;
        within(self.shipping_refunded, 0, AMOUNT, ("/shipping_refunded", "refunded shipping in minor units"))?;
        within(self.fees, 0, AMOUNT, ("/fees", "fees and tips in minor units"))?;
        within(self.refunded, 0, AMOUNT, ("/refunded", "refunded money in minor units"))?;
        let rate = self.exchange.as_ref().map_or(1, |exchange: &Exchange| exchange.rate);
        within(rate, 1, RATE, ("/exchange/rate", "the rate in billionths"))
    }

    fn counts(&self, about: &About<'_>, keys: &mut BTreeSet<String>) {
        let known = about.order.iter().flat_map(|order| order.codes.keys().chain(&order.state.codes));
        keys.extend(self.codes.iter().chain(known).map(|used| counters::code(&normal(used))));
    }

    fn limits(&self, about: &About<'_>, keys: &mut BTreeSet<String>) {
        counters::budgets(about.programmes, PURCHASE, keys);
    }
}

impl OrderState {
    /// Like `paid, 49.99 EUR`.
    pub fn line(&self) -> String {
        let total = format_units(self.total(), places(&self.currency));
        let back = self.refunded > 0 || self.lines.iter().any(|line| line.returned.0 > 0);
        let back = if back { ", returned" } else { "" };
        format!("{}{back}, {total} {}", self.status.name(), self.currency)
    }
}
