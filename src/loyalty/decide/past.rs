//! What another programme knew, taken over as it was: nothing earns, nothing is repaid, nothing slides, nobody is told.

use super::{Case, Outcome, Refusal};
use crate::loyalty::{
    event::{MemberImported, Opening, OrderImported, TierKept},
    id::derived,
    member::TierGrant,
    order::Order,
    receipt::Points,
};

impl Case<'_> {
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
            let own = member.granted.take().map_or_else(|| member.tier.clone(), |grant| grant.own);
            member.granted = Some(TierGrant { tier, until: kept.until, own });
        }
        Ok(Outcome::nothing())
    }

    pub(super) fn bring(&mut self, opening: &Opening) -> Outcome {
        let lot = derived("lot", &[&self.event.brand, &self.event.source, &self.event.id]);
        self.books.bring(&lot, opening, self.now);
        Outcome::nothing()
    }

    /// An order that the shop has sent itself stays as the shop says.
    pub(super) fn order_of_the_past(
        &mut self,
        past: &OrderImported,
        known: Option<&Order>,
    ) -> Result<Outcome, Refusal> {
        let state = &self.with_rate(&past.state, known)?;
        self.refuse_order(&past.order_id, state, known)?;
        if known.is_some() {
            let note = "the order is known already: recorded, nothing changed".to_owned();
            return Ok(Outcome { note: Some(note), ..Outcome::nothing() });
        }
        let mut order = self.new_order(&past.order_id, state);
        order.version = 1;
        if state.status.earns() {
            order.history = Some(past.earned);
            order.paid_at = Some(state.paid_at.unwrap_or(state.placed_at));
            order.fulfilled_at = state.fulfilled_at;
            self.count(&mut order, None, state)?;
            self.qualify_past(&order, past.earned);
        }
        Ok(Outcome { order: Some(order), points: Points::default(), ..Outcome::nothing() })
    }

    fn qualify_past(&mut self, order: &Order, earned: i64) {
        let pinned = &self.programmes.number(order.programme).programme;
        self.books.member.progress.earned += earned;
        self.qualify_day(pinned, order.paid_at.unwrap_or(self.now), |day| day.points += earned);
    }
}
