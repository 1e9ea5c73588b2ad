//! What is counted of a member: orders, money, points, what qualifies for tiers, and what stands used of caps. What the order of
//! an absorbed member changes is counted as that one's too, so that it takes it along, should it be itself again.

use jiff::Timestamp;

use super::{Deciding, Refusal};
use crate::{
    loyalty::{
        Programme,
        earn::has_goods,
        limits::Limits,
        member::Progress,
        order::{Order, OrderState},
        qualifying::{self, Qualified, Qualifying},
    },
    programme::Rule,
};

impl Deciding<'_> {
    /// Every change of a counter that follows from orders and events.
    pub(super) fn tally(&mut self, change: impl Fn(&mut Progress, &mut Qualifying, &mut Limits)) {
        let member = &mut self.books.member;
        change(&mut member.progress, &mut member.qualifying, &mut member.limits);
        let owner = self.owner.as_ref().and_then(|owner| member.brought.get_mut(owner));
        if let Some(counted) = owner.map(|owner| &mut owner.counted) {
            change(&mut counted.progress, &mut counted.qualifying, &mut counted.limits);
        }
    }

    /// Points that a rule gave or gave back.
    pub(super) fn qualify(&mut self, pinned: &Programme, rule: &Rule, at: Timestamp, points: i64) {
        let counts = Qualified { points: if rule.qualifying { points } else { 0 }, ..Qualified::default() };
        self.tally(|progress, qualifying, _| {
            progress.earned += points;
            qualifying::add(qualifying, at, &pinned.settings.zone, counts);
        });
    }

    /// Keeps the counters of what stands: orders, money spent, and who holds the first-purchase place. An order of nothing that
    /// could earn (gift cards alone) does not take it.
    pub(super) fn count(
        &mut self,
        order: &mut Order,
        last: Option<&OrderState>,
        state: &OrderState,
    ) -> Result<(), Refusal> {
        let stands = |state: &OrderState| state.status.earns() && state.total() > 0;
        let orders = i64::from(stands(state)) - i64::from(last.is_some_and(stands));
        let spent = self.spent_on(state)? - last.map_or(Ok(0), |last| self.spent_on(last))?;
        if order.history.is_none() {
            self.trust(order, orders);
        }
        let pinned = &self.programmes.number(order.programme).programme;
        let buys = |state: &OrderState| Ok::<_, Refusal>(stands(state) && has_goods(pinned, state)?);
        let (bought, buys) = (last.map_or(Ok(false), buys)?, buys(state)?);
        let takes_place = buys && !bought && self.books.member.progress.first_purchase.is_none();
        let (id, at) = (order.id.clone(), order.paid_at.unwrap_or(state.placed_at));
        self.tally(|progress, qualifying, _| {
            progress.orders += orders;
            progress.spent += spent;
            qualifying::add(qualifying, at, &pinned.settings.zone, Qualified { orders, spent, points: 0 });
            if takes_place {
                progress.first_purchase.get_or_insert_with(|| id.clone());
            } else if !buys && progress.first_purchase.as_ref() == Some(&id) {
                progress.first_purchase = None; // free for the next order that is decided
            }
        });
        if order.history.is_some() {
            let member = &mut self.books.member;
            member.last_activity_at = member.last_activity_at.max(Some(state.placed_at));
        } else {
            self.active_at(state.placed_at, Some(&order.id));
        }
        Ok(())
    }

    /// Money that stands spent on the goods of an order in this state, in the programme's currency.
    pub(super) fn spent_on(&self, state: &OrderState) -> Result<i64, Refusal> {
        let currency = &self.live.programme.settings.currency;
        Ok(if state.status.earns() { state.worth(currency)?.iter().sum() } else { 0 })
    }
}
