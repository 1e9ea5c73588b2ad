//! Orders arrive as full state, never as deltas: what the order should have earned in the new state, less what it should
//! have earned in the last one, is posted. So repetition, loss or any order of arrival ends in the same lots.

use std::collections::BTreeMap;

use super::{Case, Outcome, Refusal, award_from};
use crate::{
    loyalty::{
        books::About,
        earn::{Circumstances, earned_by_order},
        id::derived,
        order::{Order, OrderState, Revision},
        receipt::Points,
    },
    programme::{Programme, Rule},
};

impl Case<'_> {
    /// A full state of an order: post the difference between what it earns now and what it earned before.
    pub(super) fn order(&mut self, id: &str, state: &OrderState, known: Option<&Order>) -> Result<Outcome, Refusal> {
        self.refuse_order(id, state, known)?;
        if let Some(known) = known
            && state.revision.is_before(&known.state.revision) == Some(true)
        {
            let note =
                format!("state {} is older than {}: recorded, nothing changed", state.revision, known.state.revision);
            let earned = known.earned();
            return Ok((None, Points { earned, change: 0 }, Some(note)));
        }
        let mut order = known.cloned().unwrap_or_else(|| self.new_order(id, state));
        let before = known.map(|known| (known.state.clone(), known.earned()));
        if state.status.earns() && order.paid_at.is_none() {
            order.paid_at = Some(state.paid_at.unwrap_or(self.now));
        }
        let earned_before = order.earned();
        self.settle(&mut order, before.as_ref().map(|(state, _)| state), state);
        self.count(&order, before.as_ref().map(|(state, _)| state), state);
        order.state = state.clone();
        order.version += 1;
        let earned = order.earned();
        Ok((Some(order), Points { earned, change: earned - earned_before }, None))
    }

    fn refuse_order(&self, id: &str, state: &OrderState, known: Option<&Order>) -> Result<(), Refusal> {
        let currency = &self.programme().settings.currency;
        if state.currency != *currency {
            return Err(Refusal::WrongCurrency { programme: currency.clone(), order: state.currency.clone() });
        }
        let Some(known) = known else { return Ok(()) };
        if known.member != self.books.member.id {
            return Err(Refusal::OrderOfAnotherMember { order: id.to_owned() });
        }
        if state.revision.is_before(&known.state.revision).is_none() {
            let known = match known.state.revision {
                Revision::Number(_) => "revision",
                Revision::UpdatedAt(_) => "updated_at",
            };
            return Err(Refusal::MixedRevisions { order: id.to_owned(), known });
        }
        Ok(())
    }

    fn new_order(&self, id: &str, state: &OrderState) -> Order {
        let member = &self.books.member;
        Order {
            id: id.to_owned(),
            member: member.id.clone(),
            version: 0,
            state: state.clone(),
            paid_at: None,
            programme: self.programmes.at(state.placed_at).number,
            pins: self.pins(),
            awards: BTreeMap::new(),
        }
    }

    /// Posts, per rule, what the new state earns less what the last one earned, both by today's engine; when nothing is
    /// earned any more, exactly what is left is taken.
    fn settle(&mut self, order: &mut Order, last: Option<&OrderState>, state: &OrderState) {
        let programmes = self.programmes;
        let pinned = &programmes.number(order.programme).programme;
        let holder = self.books.member.progress.first_purchase.as_deref();
        let first_purchase = holder.is_none_or(|holder| holder == order.id);
        let pins = order.pins.clone();
        let given = Circumstances { pins: &pins, at: order.state.placed_at, first_purchase };
        let target = earned_by_order(pinned, state, &given);
        let before = last.map(|last| earned_by_order(pinned, last, &given)).unwrap_or_default();
        for rule in &pinned.rules {
            let now = target.get(&rule.id).copied().unwrap_or(0);
            let was = before.get(&rule.id).copied().unwrap_or(0);
            let stands = order.awards.get(&rule.id).map_or(0, |award| award.points);
            let difference = if now == 0 { -stands } else { now - was };
            self.post_difference(pinned, order, rule, difference.max(-stands));
        }
    }

    fn post_difference(&mut self, pinned: &Programme, order: &mut Order, rule: &Rule, difference: i64) {
        if difference == 0 {
            return;
        }
        let id = order.id.clone();
        let about = About { rule: Some(&rule.id), order: Some(&id), text: Some(&rule.name), ..About::default() };
        let paid_at = order.paid_at.unwrap_or(self.now);
        let lot = derived("lot", &[&self.event.brand, "order", &id, &rule.id]);
        let fresh = award_from(pinned, rule, lot, paid_at);
        let award = order.awards.entry(rule.id.clone()).or_insert(fresh);
        award.points += difference;
        if difference > 0 {
            self.books.award(award, difference, &about);
        } else {
            self.books.take_back(award, -difference, &about, self.now);
        }
        self.qualify(pinned, rule, paid_at, difference);
    }

    /// Keeps the counters of what stands: orders, money spent, and who holds the first-purchase place.
    fn count(&mut self, order: &Order, last: Option<&OrderState>, state: &OrderState) {
        let stands = |state: &OrderState| state.status.earns() && state.total() > 0;
        let (was, is) = (last.is_some_and(stands), stands(state));
        let spent = |state: &OrderState| if state.status.earns() { state.total() } else { 0 };
        let progress = &mut self.books.member.progress;
        progress.orders += i64::from(is) - i64::from(was);
        progress.spent += spent(state) - last.map_or(0, spent);
        let holds = progress.first_purchase.as_deref() == Some(&order.id);
        if is && !was && progress.first_purchase.is_none() {
            progress.first_purchase = Some(order.id.clone());
        } else if !is && holds {
            progress.first_purchase = None; // free for the next order that is decided
        }
        self.active_at(state.placed_at);
    }
}
