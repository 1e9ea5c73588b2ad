//! What another programme knew, taken over as it was: nothing earns, nothing is repaid, nothing slides, nobody is told.

use serde_json::json;

use super::{Deciding, Outcome, Refusal};
use crate::{
    loyalty::{
        catalogue::completed,
        event::{Carried, MemberImported, Opening, OrderImported, TierKept},
        order::{Order, OrderState},
        qualifying::{self, Qualified},
        receipt::Points,
    },
    values::{id::derived, money::share},
};

impl Deciding<'_> {
    pub(super) fn member_of_the_past(&mut self, imported: &MemberImported) -> Result<Outcome, Refusal> {
        let programme = self.programme();
        let known = |kept: &TierKept| {
            let no_such = || Refusal::NoSuch { what: "tier", id: kept.id.clone() };
            programme.tier(&kept.id).map(|tier| tier.id.clone()).ok_or_else(no_such)
        };
        let tier = imported.tier.as_ref().map(known).transpose()?.unwrap_or_default();
        let member = &mut self.books.member;
        member.joined_at = imported.joined_at.map_or(member.joined_at, |at| at.min(member.joined_at));
        if imported.language.is_some() {
            member.language.clone_from(&imported.language);
        }
        if let Some(kept) = imported.tier.as_ref().filter(|kept| kept.until > self.now) {
            member.give_tier(tier, kept.until);
        }
        let acceptance = imported.carried.as_ref().and_then(|carried| carried.acceptance);
        if member.version == 1 {
            member.acceptance = acceptance;
        } else if member.is_unaccepted() {
            member.accept_as_one(acceptance, self.now);
            self.books.let_go_accepted(self.now);
        }
        if let Some(carried) = &imported.carried {
            self.carry(carried);
        }
        Ok(Outcome::nothing())
    }

    /// A member of another installation stands as it stood there.
    fn carry(&mut self, carried: &Carried) {
        let Carried { tier, granted, counted, last_activity_at, lately, .. } = carried;
        let programme = self.programme();
        self.books.carry(counted, lately);
        let member = &mut self.books.member;
        if programme.tier_rank(&tier.id) >= programme.tier_rank(&member.tier.id) {
            (member.tier, member.granted) = (tier.clone(), granted.clone());
        }
        member.last_activity_at = member.last_activity_at.max(*last_activity_at);
        member.carry_from(carried);
    }

    pub(super) fn bring(&mut self, opening: &Opening) -> Outcome {
        let lot = derived("lot", &[&self.event.brand, &self.event.source, &self.event.id]);
        self.books.bring(&lot, opening, self.now);
        Outcome::nothing()
    }

    /// An order that the shop has sent itself stays as the shop says.
    pub(super) fn order_of_the_past(&mut self, past: &OrderImported) -> Result<Outcome, Refusal> {
        let known = self.known;
        let state = &*self.with_rate(&past.state, known)?;
        self.refuse_order(&past.order_id, state, known)?;
        if known.is_some() {
            let note = "the order is known already: recorded, nothing changed".to_owned();
            return Ok(Outcome { note: Some(note), ..Outcome::nothing() });
        }
        let state = &*completed(&self.programmes.at(state.placed_at).programme, state);
        let mut order = self.new_order(&past.order_id, state);
        (order.version, order.multiplied, order.before_joining) = (1, None, false);
        if state.status.earns() {
            order.history = Some(past.earned);
            order.paid_at = Some(state.paid_at.unwrap_or(state.placed_at));
            order.fulfilled_at = state.fulfilled_at;
            if !past.counted {
                self.count(&mut order, None, state)?;
                self.qualify_past(&order, past.earned);
            }
            let given = self.given_before(&order, false, state)?;
            self.measure_order(given, &order)?;
        }
        Ok(Outcome { order: Some(order), points: Points::default(), ..Outcome::nothing() })
    }

    /// Goods of an order from before came back. Which of the opening lots hold what it had earned there nobody knows: it waits
    /// for a person, who may take it back by hand. For tiers it counts no more.
    pub(super) fn past_came_back(
        &mut self,
        order: &mut Order,
        earned: i64,
        states: (Option<&OrderState>, &OrderState),
    ) -> Result<(), Refusal> {
        let was = states.0.map_or(Ok(0), |last| self.spent_on(last))?;
        let (is, left) = (self.spent_on(states.1)?, earned - order.history_back);
        if order.left_for.is_some() {
            self.qualify_past(order, if was > 0 { -left } else { 0 });
            return Ok(());
        }
        if was == 0 && is > 0 && order.owners_before > 0 {
            self.qualify_past(order, left); // with its other owner it begins anew
            return Ok(());
        }
        let back = if is < was { left - share(left, is, was) } else { 0 };
        if back > 0 {
            order.history_back += back;
            self.qualify_past(order, -back);
            let reason = format!(
                "goods of order {} came back, which had earned {earned} points in another programme: {back} of them may be \
                 taken back by hand",
                order.id
            );
            self.park(reason, json!({ "order": order.id, "earned": earned, "points": back }));
        }
        Ok(())
    }

    fn qualify_past(&mut self, order: &Order, points: i64) {
        let pinned = &self.programmes.number(order.programme).programme;
        let at = order.paid_at.unwrap_or(self.now);
        self.tally(|progress, qualifying, _| {
            progress.earned += points;
            qualifying::add(qualifying, at, &pinned.settings.zone, Qualified { points, ..Qualified::default() });
        });
    }
}
