//! What the codes of a cart take off it, one after the other.

use std::collections::BTreeSet;

use super::worth::{Priced, discounts, find_offer, may_use};
use crate::{
    loyalty::{
        OrderState, Refusal, counters,
        mechanics::codes::{Benefit, Offer},
        quote::{Cart, CodeAnswer},
    },
    programme::Settings,
    values::{bounds, code::normal},
};

impl Cart<'_> {
    pub(super) fn take_codes(&mut self) {
        let codes: Vec<String> = self.state.codes.iter().map(|code| normal(code)).collect();
        let mut seen = BTreeSet::new();
        for code in codes.into_iter().filter(|code| seen.insert(code.clone())) {
            let count = self.counts.get(&counters::code(&code)).cloned().unwrap_or_default();
            let offer = find_offer(self.programme, &code, count.offer.as_deref());
            let refused = match offer {
                None => Some(Refusal::NoSuch { what: "code", id: code.clone() }),
                Some(offer) => may_use(offer, count.used, self.member, None, self.now).err().map(Refusal::NotAllowed),
            };
            let amount = offer.filter(|_| refused.is_none()).map_or(0, |offer| self.take_off(offer));
            self.codes.push(CodeAnswer { code, offer: offer.map(|offer| offer.id.clone()), amount, refused });
        }
    }

    /// Minor units that the offer takes off.
    fn take_off(&mut self, offer: &Offer) -> i64 {
        let offer = &in_currency_of(&self.state, offer, &self.programme.settings);
        let lines: Vec<_> = self.state.lines.iter().map(|line| Priced::of(line, line.left())).collect();
        let off = discounts(offer, &lines);
        for (line, off) in self.state.lines.iter_mut().zip(&off) {
            line.discount += off;
        }
        self.free_shipping |= offer.benefit == Benefit::FreeShipping;
        off.iter().sum()
    }
}

/// The offer with its amount in the cart's currency.
fn in_currency_of(cart: &OrderState, offer: &Offer, settings: &Settings) -> Offer {
    let ours = &settings.currency;
    match (&offer.benefit, cart.foreign(ours)) {
        (Benefit::Amount(amount), Some(by)) => {
            let amount = by.back(*amount, ours).unwrap_or(bounds::AMOUNT); // more than any cart is worth
            Offer { benefit: Benefit::Amount(amount), ..offer.clone() }
        }
        _ => offer.clone(),
    }
}
