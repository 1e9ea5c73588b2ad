//! An order paid with points: its hold is captured when it is paid and given back when it is cancelled; what is
//! returned gives its points back, by cumulative target, to the lots they came from.

use serde_json::json;

use super::{Deciding, Refusal};
use crate::loyalty::{
    books::About,
    entry::{Account, TextId},
    funding::{due_back, fund, is_of},
    lot::{EndedHold, Part},
    order::{Order, OrderState, Status},
};

impl Deciding<'_> {
    pub(super) fn pay(&mut self, order: &mut Order, state: &OrderState) -> Result<(), Refusal> {
        let settings = &self.live.programme.settings;
        if order.funded.is_empty() && !order.paid.is_empty() {
            order.funded = fund(&order.state, &order.paid, settings)?; // an older engine did not say
        }
        let known = order.paid.len();
        self.take_captured(order, state);
        if order.hold.is_none() {
            self.take_payment(order, state);
        }
        order.funded.extend(fund(state, &order.paid[known..], settings)?);
        if state.status == Status::Placed {
            return Ok(());
        }
        let id = order.id.clone();
        let about = About { order: Some(&id), ..About::default() };
        for (lot, target) in due_back(&order.funded, state) {
            let mut parts: Vec<&mut Part> = order.paid.iter_mut().filter(|part| is_of(part, lot.as_ref())).collect();
            let back: i64 = parts.iter().map(|part| part.returned).sum();
            if target > back {
                self.books.give_back(&mut parts, target - back, (TextId::Returned, &about, settings), self.now);
            } else {
                self.books.spend_again(&mut parts, back - target, &about, self.now);
            }
        }
        Ok(())
    }

    /// Holds that were captured before: the one that the order names, and all that were made for it.
    fn take_captured(&mut self, order: &mut Order, state: &OrderState) {
        let payments = self.books.member.payments.iter();
        let its = payments.filter(|(id, payment)| {
            state.points_hold.as_ref() == Some(id) || payment.order.as_deref() == Some(&order.id)
        });
        for id in its.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            if let Some(payment) = self.books.member.payments.remove(&id) {
                order.paid.extend(payment.parts);
                order.hold = Some(id);
            }
        }
    }

    /// The hold that the order names.
    fn take_payment(&mut self, order: &mut Order, state: &OrderState) {
        let member = &mut self.books.member;
        let Some(id) = state.points_hold.clone() else { return };
        match state.status {
            Status::Placed => {}
            Status::Cancelled => {
                if let Some(hold) = member.holds.remove(&id) {
                    member.ended.insert(id, EndedHold { points: hold.points, at: self.now });
                    self.books.release(&hold, self.now);
                }
            }
            Status::Paid | Status::Fulfilled => {
                order.paid.extend(self.capture_for(&order.id, &id));
                order.hold = Some(id);
            }
        }
    }

    /// Captures the hold; one that has ended is made again as far as the points reach, and the shortfall is parked: the
    /// order was paid, and nobody may guess with what.
    fn capture_for(&mut self, order: &str, id: &str) -> Vec<Part> {
        if let Some(hold) = self.books.member.holds.remove(id) {
            let points = hold.points;
            return self.books.capture(hold, points, Some(order), self.now);
        }
        let wanted = self.books.member.ended.remove(id).map_or(0, |ended| ended.points);
        let settings = &self.live.programme.settings;
        let points = wanted.min(self.books.spendable_on(&[], settings));
        let about = About { order: Some(order), ..About::default() };
        let to = (Account::Redeemed, TextId::Spent);
        let parts = self.books.take_parts(to, points, &[], (&about, settings), self.now);
        if wanted == 0 || points < wanted {
            let content = json!({ "order": order, "hold": id, "points": wanted, "captured": points });
            self.park(format!("hold {id} could not be captured in full for order {order}"), content);
        }
        parts
    }
}
