//! Codes: used on orders or by themselves, as often as they may be; a use is given back when its order comes back.

use serde_json::json;

use super::{Case, Outcome, Refusal};
use crate::{
    loyalty::{
        codes::{find_offer, may_use, normal},
        event::CodeUse,
        order::{Order, OrderState},
        shared,
    },
    programme::Offer,
};

impl<'a> Case<'a> {
    /// A use by itself: at a till, or by a partner.
    pub(super) fn redeem_code(&mut self, wanted: &CodeUse) -> Result<Outcome, Refusal> {
        let code = normal(&wanted.code);
        let offer = self.usable_code(&code, wanted.partner.as_deref())?;
        self.use_code(&code, offer, 1);
        self.books.member.codes.insert(format!("{code}/{}", wanted.reference));
        Ok(Outcome::nothing().about(json!({ "code": code, "offer": offer.id, "name": offer.name })))
    }

    pub(super) fn release_code(&mut self, wanted: &CodeUse) -> Result<Outcome, Refusal> {
        let code = normal(&wanted.code);
        let key = format!("{code}/{}", wanted.reference);
        if !self.books.member.codes.remove(&key) {
            return Err(Refusal::NoSuch { what: "use of the code", id: code });
        }
        let offer = self.offer_of(&code).ok_or_else(|| Refusal::NoSuch { what: "code", id: code.clone() })?;
        self.use_code(&code, offer, -1);
        Ok(Outcome::nothing().about(json!({ "code": code, "offer": offer.id })))
    }

    /// The codes of an order: used while it stands, given back when it is cancelled or returned whole. A code that cannot be
    /// used does not stop the order; it is parked.
    pub(super) fn codes(&mut self, order: &mut Order, state: &OrderState) {
        let stands = state.status.earns() && state.value().1 > 0;
        if !stands {
            for (code, _) in std::mem::take(&mut order.codes) {
                if let Some(offer) = self.offer_of(&code) {
                    self.use_code(&code, offer, -1);
                }
            }
            return;
        }
        for code in state.codes.iter().map(|code| normal(code)) {
            if order.codes.contains_key(&code) {
                continue;
            }
            match self.usable_code(&code, None) {
                Ok(offer) => {
                    self.use_code(&code, offer, 1);
                    order.codes.insert(code, offer.id.clone());
                }
                Err(refusal) => {
                    let content = json!({ "order": order.id, "code": code });
                    self.park(format!("code {code} of order {}: {refusal}", order.id), content);
                }
            }
        }
    }

    /// The offer of a code that this member may use now.
    fn usable_code(&mut self, code: &str, partner: Option<&str>) -> Result<&'a Offer, Refusal> {
        let offer = self.offer_of(code).ok_or_else(|| Refusal::NoSuch { what: "code", id: code.to_owned() })?;
        let used = self.shared.count(&shared::code(code)).used;
        may_use(offer, used, &self.books.member, partner, self.now).map_err(Refusal::NotAllowed)?;
        Ok(offer)
    }

    fn offer_of(&mut self, code: &str) -> Option<&'a Offer> {
        let issued = self.shared.count(&shared::code(code)).offer;
        find_offer(self.programme(), code, issued.as_deref())
    }

    fn use_code(&mut self, code: &str, offer: &Offer, change: i64) {
        self.shared.change(&shared::code(code), change);
        self.books.member.limits.change(&format!("offer:{}", offer.id), "ever", change);
    }
}
