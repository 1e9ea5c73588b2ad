//! What is counted of a member: orders, money, points, what qualifies for tiers, and what stands used of caps. What the order of
//! an absorbed member changes is counted as that one's too, so that it takes it along, should it be itself again.

use jiff::Timestamp;

use super::{Deciding, Refusal};
use crate::{
    loyalty::{
        Programme,
        earn::has_goods,
        limits::Limits,
        order::{Order, OrderState},
        pins::Place,
        progress::Progress,
        qualifying::{self, Qualified, Qualifying},
    },
    programme::{Rule, condition::Fact},
};

/// What an order counts as in one of its states.
#[derive(Debug, Clone, Copy, Default)]
struct Stood {
    /// As an order: something of it is paid for.
    counts: bool,
    /// Money spent on its goods, in the programme's currency.
    spent: i64,
    /// As a purchase: something of it could earn.
    buys: bool,
}

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
        let was = last.map_or(Ok(Stood::default()), |last| self.stood(order, last))?;
        let is = self.stood(order, state)?;
        let (orders, spent) = (i64::from(is.counts) - i64::from(was.counts), is.spent - was.spent);
        if order.history.is_none() {
            self.trust(order, orders);
        }
        let pinned = &self.programmes.number(order.programme).programme;
        let takes_place = is.buys && !was.buys && self.books.member.progress.first_purchase.is_none();
        let asks = pinned.index().numbers() || pinned.reads.facts.contains(&Fact::OrderNumber);
        let own = i64::from(was.counts);
        let progress = &self.books.member.progress;
        let place = progress.next_place(progress.orders - own).filter(|_| is.buys);
        let (id, at) = (order.id.clone(), order.paid_at.unwrap_or(state.placed_at));
        self.tally(|progress, qualifying, _| {
            if asks && is.buys != was.buys {
                progress.places_before.get_or_insert(progress.orders - own);
                progress.place(&id, place);
            }
            progress.orders += orders;
            progress.spent += spent;
            qualifying::add(qualifying, at, &pinned.settings.zone, Qualified { orders, spent, points: 0 });
            if takes_place {
                progress.first_purchase.get_or_insert_with(|| id.clone());
            } else if !is.buys && progress.first_purchase.as_ref() == Some(&id) {
                progress.first_purchase = None; // free for the next order that is decided
            }
        });
        if is.buys != was.buys {
            let first = self.books.member.progress.first_purchase.as_ref() == Some(&order.id);
            order.pins.place(pinned, is.buys.then_some(Place { first, number: place }));
        }
        if order.history.is_some() {
            let member = &mut self.books.member;
            member.last_activity_at = member.last_activity_at.max(Some(state.placed_at));
        } else {
            self.active_at(state.placed_at, Some(&order.id));
        }
        Ok(())
    }

    /// What an order in this state counts as.
    fn stood(&self, order: &Order, state: &OrderState) -> Result<Stood, Refusal> {
        if !state.status.earns() || order.before_joining {
            return Ok(Stood::default());
        }
        let kept = state.kept();
        let counts = kept.iter().sum::<i64>() > 0;
        let spent = state.exchanged(kept, &self.live.programme.settings.currency)?.iter().sum();
        let pinned = &self.programmes.number(order.programme).programme;
        Ok(Stood { counts, spent, buys: counts && has_goods(pinned, state)? })
    }

    /// Money that stands spent on the goods of an order in this state, in the programme's currency.
    pub(super) fn spent_on(&self, state: &OrderState) -> Result<i64, Refusal> {
        let currency = &self.live.programme.settings.currency;
        Ok(if state.status.earns() { state.worth(currency)?.iter().sum() } else { 0 })
    }
}
