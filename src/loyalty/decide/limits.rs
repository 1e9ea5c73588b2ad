//! Caps per member and budgets of all: applied last, shown, and counting what stands now. A re-evaluated order keeps its
//! place; a reversal frees it for the next order that is decided. And what is too much in a day, or too late.

use jiff::Timestamp;
use serde_json::json;

use super::{Deciding, NotAllowed, Refusal};
use crate::{
    loyalty::{
        Programme, counters,
        limits::{ORDERS, SPENT},
        order::{Award, Order},
    },
    programme::{Period, Rule},
    values::span::Span,
};

/// What one rule gives for one order or event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Share {
    /// By the rule alone.
    pub wanted: i64,
    /// What its own cap and budget leave of that.
    pub allowed: i64,
    /// What the cap over all rules leaves of that.
    pub points: i64,
}

impl Share {
    /// What stands awarded.
    pub fn of(award: &Award) -> Self {
        let Award { points, .. } = *award;
        Self { wanted: award.wanted(), allowed: award.allowed.unwrap_or(points), points }
    }
}

/// A rule with what it gave until now, and what it is to give.
pub(super) type Shared<'r> = (&'r Rule, Share, Share);

/// As much as is wanted, as far as there is room. A place that another order freed is for the next one: this one keeps what it
/// has and grows by its own difference only.
fn grown((known, has): (i64, i64), wanted: i64, room: i64) -> i64 {
    let most = wanted.min(has.saturating_add((wanted - known).max(0)));
    most.min(room).max(has.min(wanted)).max(0)
}

impl Deciding<'_> {
    /// How many points the rule may give by its own cap and budget. Points cut by the cap over all rules take no place here.
    pub(super) fn of_one_rule(
        &mut self,
        rule: &Rule,
        (known, next): (Share, Share),
        at: (Timestamp, &Programme),
    ) -> i64 {
        let mut room = i64::MAX;
        for cap in at.1.caps(rule, at.0).iter().filter(|cap| !cap.of_all_rules) {
            room = room.min(cap.most - (self.books.member.limits.used(&cap.limit, &cap.period) - known.points));
        }
        if let Some(budget) = rule.budget {
            let more = known.allowed.max(next.wanted) - known.points;
            room = room.min(known.points + self.shared.room(&counters::budget(&rule.id), budget, more));
        }
        // Who has left earns nothing more; what stands is taken back like anybody's.
        if self.books.member.left_at.is_some() {
            room = room.min(known.points);
        }
        let has = known.allowed.min(room.max(known.points));
        grown((known.wanted, has), next.wanted, room)
    }

    /// Gives to each rule in turn what the cap over all of them leaves, and counts it.
    pub(super) fn share_out(&mut self, shares: &mut [Shared<'_>], at: (Timestamp, &Programme)) {
        let sum = |part: fn(&Shared<'_>) -> i64, shares: &[Shared<'_>]| shares.iter().map(part).sum::<i64>();
        let stands = sum(|(_, known, _)| known.points, shares);
        let of_all =
            shares.first().and_then(|(rule, ..)| at.1.caps(rule, at.0).into_iter().find(|cap| cap.of_all_rules));
        let mut left = i64::MAX;
        if let Some(cap) = &of_all {
            let room = cap.most - (self.books.member.limits.used(&cap.limit, &cap.period) - stands);
            let (was, is) = (sum(|(_, known, _)| known.allowed, shares), sum(|(_, _, next)| next.allowed, shares));
            left = grown((was, stands), is, room);
        }
        for (_, _, share) in shares.iter_mut() {
            share.points = share.allowed.min(left);
            left -= share.points;
        }
        for (rule, known, share) in shares.iter() {
            let change = share.points - known.points;
            let caps = at.1.caps(rule, at.0);
            self.tally(|_, _, limits| {
                for cap in &caps {
                    limits.change(&cap.limit, &cap.period, change);
                }
            });
            if rule.budget.is_some() {
                self.shared.change(&counters::budget(&rule.id), change);
            }
        }
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
        self.tally(|_, _, limits| limits.change(ORDERS, &day, change));
    }

    /// Counts points that are about to be spent among those of the day, and names it; `None` = nobody counts them.
    pub(in crate::loyalty) fn spend_today(&mut self, points: i64) -> Result<Option<String>, Refusal> {
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
