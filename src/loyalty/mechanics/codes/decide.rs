//! Codes: used on orders or by themselves, as often as they may be; a use is given back when its order comes back.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use serde_json::json;

use super::{
    CodeUse, States,
    worth::{Priced, discounts, find_offer, may_use},
};
use crate::{
    loyalty::{
        Refusal, counters,
        deciding::{Deciding, Outcome},
        mechanics::codes::{Benefit, Offer},
        order::{Order, OrderState},
        subject::Subject,
    },
    values::code::normal,
};

impl<'a> Deciding<'a> {
    /// A use by itself: at a till, or by a partner.
    pub(in crate::loyalty) fn redeem_code(&mut self, wanted: &CodeUse) -> Result<Outcome, Refusal> {
        let code = normal(&wanted.code);
        let offer = self.usable_code(&code, wanted.partner.as_deref())?;
        let key = use_of(&code, wanted);
        let today = self.now.to_zoned(TimeZone::UTC).date();
        if !self.books.member.codes.add(&key, today) {
            let id = format!("{code}/{}", wanted.reference);
            return Err(Refusal::Over { what: "code", id, state: "used" });
        }
        self.count_use(&code, &offer.id, 1);
        Ok(Outcome::nothing().about(Subject::CodeUsed { code, name: offer.name.clone(), offer: offer.id.clone() }))
    }

    pub(in crate::loyalty) fn release_code(&mut self, wanted: &CodeUse) -> Result<Outcome, Refusal> {
        let code = normal(&wanted.code);
        let offer = self.offer_of(&code).ok_or_else(|| Refusal::NoSuch { what: "code", id: code.clone() })?;
        let uses = &mut self.books.member.codes;
        // A use from before partners stood in it is that of the partner whom the offer is for.
        let former = format!("{code}/{}", wanted.reference);
        let is_ours = offer.partner == wanted.partner;
        if !(uses.free(&use_of(&code, wanted)) || is_ours && uses.free(&former)) {
            return Err(Refusal::NoSuch { what: "use of the code", id: code });
        }
        self.count_use(&code, &offer.id, -1);
        Ok(Outcome::nothing().about(Subject::CodeReleased { code, offer: offer.id.clone() }))
    }

    /// The codes of an order: used while it stands, names them and they take something off it, given back when it is cancelled,
    /// returned whole or names them no more. A code that cannot be used does not stop the order; it is parked, once.
    pub(super) fn use_codes(&mut self, order: &mut Order, States { last, new: state }: States<'_>) {
        let named: BTreeSet<String> = named_by(state).into_iter().filter(|code| self.gives(code, state)).collect();
        for (code, offer) in std::mem::take(&mut order.codes) {
            if named.contains(&code) {
                order.codes.insert(code, offer);
            } else {
                self.count_use(&code, &offer, -1);
            }
        }
        for code in named {
            let tried = last.filter(|last| named_by(last).contains(&code));
            if order.codes.contains_key(&code) || tried.is_some_and(|last| self.gives(&code, last)) {
                continue;
            }
            match self.usable_code(&code, None) {
                Ok(offer) => {
                    self.count_use(&code, &offer.id, 1);
                    order.codes.insert(code, offer.id.clone());
                }
                Err(refusal) => {
                    let content = json!({ "order": order.id, "code": code });
                    self.park(format!("code {code} of order {}: {refusal}", order.id), content);
                }
            }
        }
    }

    /// Whether a code takes anything off these goods before any discount, in whatever currency, or off their shipping. One that
    /// nobody knows is not looked at.
    fn gives(&mut self, code: &str, state: &OrderState) -> bool {
        let Some(offer) = self.offer_of(code) else { return true };
        let goods: Vec<Priced<'_>> = state.lines.iter().map(|line| Priced::of(line, line.value())).collect();
        offer.benefit == Benefit::FreeShipping || discounts(offer, &goods).iter().any(|off| *off > 0)
    }

    /// The offer of a code that this member may use now.
    fn usable_code(&mut self, code: &str, partner: Option<&str>) -> Result<&'a Offer, Refusal> {
        let offer = self.offer_of(code).ok_or_else(|| Refusal::NoSuch { what: "code", id: code.to_owned() })?;
        let used = self.shared.count(&counters::code(code)).used;
        may_use(offer, used, &self.books.member, partner, self.now).map_err(Refusal::NotAllowed)?;
        Ok(offer)
    }

    /// Whether anybody uses a code: the count that all share says it. Rows of before were not given it: there the member's own uses did.
    pub(in crate::loyalty) fn is_used(&mut self, code: &str, own_uses: i64) -> bool {
        self.shared.given(&counters::code(code)).map_or(own_uses > 0, |count| count.used > 0)
    }

    fn offer_of(&mut self, code: &str) -> Option<&'a Offer> {
        let issued = self.shared.count(&counters::code(code)).offer;
        find_offer(self.programme(), code, issued.as_deref())
    }

    fn count_use(&mut self, code: &str, offer: &str, change: i64) {
        self.shared.change(&counters::code(code), change);
        self.books.member.coupons.count_use(code, change);
        if change < 0 {
            self.settle_gifts_of(code); // a code whose cause was lost while it was used is void from now on
        }
        self.books.member.limits.change(&format!("offer:{offer}"), "ever", change);
    }
}

/// Between the reference of a use and the partner that used it: only the same partner gives it back.
const BY: char = '\u{1e}';

fn use_of(code: &str, wanted: &CodeUse) -> String {
    let partner = wanted.partner.as_ref().map(|partner| format!("{BY}{partner}"));
    format!("{code}/{}{}", wanted.reference, partner.unwrap_or_default())
}

/// Codes that an order uses in this state, each once.
fn named_by(state: &OrderState) -> BTreeSet<String> {
    let stands = state.status.earns() && state.is_kept();
    state.codes.iter().filter(|_| stands).map(|code| normal(code)).collect()
}
