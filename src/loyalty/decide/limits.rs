//! Caps per member and budgets of all: applied last, shown, and counting what stands now. A re-evaluated order keeps its
//! place; a reversal frees it for the next order that is decided.

use jiff::Timestamp;

use super::Case;
use crate::{
    loyalty::{order::Order, shared},
    programme::{Period, Programme, Rule},
};

impl Case<'_> {
    /// How many of the `wanted` points the rule may give where `stands` are given already; counts the difference.
    pub(super) fn limited(&mut self, rule: &Rule, (wanted, stands): (i64, i64), at: (Timestamp, &Programme)) -> i64 {
        let (instant, pinned) = at;
        // Who has left earns nothing more; what stands is taken back like anybody's.
        let mut room = if self.books.member.left_at.is_some() { wanted.min(stands) } else { wanted };
        let limit = format!("rule:{}", rule.id);
        let period = rule.cap.map(|cap| (cap.most, cap.per.name(instant, &pinned.settings.zone)));
        if let Some((most, period)) = &period {
            room = room.min(most - (self.books.member.limits.used(&limit, period) - stands));
        }
        if let Some(budget) = rule.budget {
            room = room.min(budget - (self.shared.count(&shared::budget(&rule.id)).used - stands));
        }
        let points = room.max(stands.min(wanted)).max(0);
        if let Some((_, period)) = &period {
            self.books.member.limits.change(&limit, period, points - stands);
        }
        if rule.budget.is_some() {
            self.shared.change(&shared::budget(&rule.id), points - stands);
        }
        points
    }

    /// Counts an order among those of its day. More of them than the programme trusts wait for a person.
    pub(super) fn trust(&mut self, order: &mut Order, change: i64) {
        let settings = &self.live.programme.settings;
        let Some(most) = settings.orders_a_day else { return };
        let day = Period::Day.name(order.state.placed_at, &settings.zone);
        let limits = &mut self.books.member.limits;
        if change > 0 && !order.held && limits.used(ORDERS, &day) >= most {
            order.held = true;
            self.park(
                format!("order {} is one more than {most} that day: its points wait", order.id),
                serde_json::json!({ "order": order.id, "day": day }),
            );
        }
        self.books.member.limits.change(ORDERS, &day, change);
    }
}

const ORDERS: &str = "orders";
