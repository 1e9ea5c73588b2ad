//! Caps per member and budgets of all: applied last, shown, and counting what stands now. A re-evaluated order keeps its
//! place; a reversal frees it for the next order that is decided. And what is too much in a day, or too late.

use jiff::Timestamp;
use serde_json::json;

use super::{Case, Refusal, refusal::NotAllowed};
use crate::{
    loyalty::{limits::SPENT, order::Order, shared, span::Span},
    programme::{Period, Programme, Rule},
};

impl Case<'_> {
    /// How many of the `wanted` points the rule may give where `stands` are given already; counts the difference.
    pub(super) fn limited(&mut self, rule: &Rule, (wanted, stands): (i64, i64), at: (Timestamp, &Programme)) -> i64 {
        let (instant, pinned) = at;
        // Who has left earns nothing more; what stands is taken back like anybody's.
        let mut room = if self.books.member.left_at.is_some() { wanted.min(stands) } else { wanted };
        let caps = pinned.caps(rule, instant);
        for cap in &caps {
            room = room.min(cap.most - (self.books.member.limits.used(&cap.limit, &cap.period) - stands));
        }
        if let Some(budget) = rule.budget {
            room = room.min(budget - (self.shared.count(&shared::budget(&rule.id)).used - stands));
        }
        let points = room.max(stands.min(wanted)).max(0);
        for cap in &caps {
            self.books.member.limits.change(&cap.limit, &cap.period, points - stands);
        }
        if rule.budget.is_some() {
            self.shared.change(&shared::budget(&rule.id), points - stands);
        }
        points
    }

    /// Counts an order among those of its day. More of them than the programme trusts wait for a person, and so does one
    /// that is heard of for the first time when it is long past.
    pub(super) fn trust(&mut self, order: &mut Order, change: i64) {
        let settings = &self.live.programme.settings;
        let (placed_at, id) = (order.state.placed_at, &order.id);
        let is_late = |after: &Span| order.version == 0 && after.after(placed_at, &settings.zone) < self.now;
        if change > 0 && !order.held && settings.late_after.as_ref().is_some_and(is_late) {
            let summary = format!("order {id} is heard of for the first time, long after {placed_at}: its points wait");
            self.park(summary, json!({ "order": id, "placed_at": placed_at }));
            (order.held, order.held_at) = (true, Some(self.now));
        }
        let Some(most) = settings.orders_a_day else { return };
        let day = Period::Day.name(placed_at, &settings.zone);
        if change > 0 && !order.held && self.books.member.limits.used(ORDERS, &day) >= most {
            let summary = format!("order {id} is one more than {most} that day: its points wait");
            self.park(summary, json!({ "order": id, "day": day }));
            (order.held, order.held_at) = (true, Some(self.now));
        }
        self.books.member.limits.change(ORDERS, &day, change);
    }

    /// Counts points that are about to be spent among those of the day, and names it; `None` = nobody counts them.
    pub(super) fn spend_today(&mut self, points: i64) -> Result<Option<String>, Refusal> {
        let settings = &self.live.programme.settings;
        let limits = &mut self.books.member.limits;
        let Some((left, day)) = limits.left_today(settings, self.now) else { return Ok(None) };
        if points > left {
            return Err(Refusal::NotAllowed(NotAllowed::EnoughToday));
        }
        limits.change(SPENT, &day, points);
        Ok(Some(day))
    }
}

const ORDERS: &str = "orders";
