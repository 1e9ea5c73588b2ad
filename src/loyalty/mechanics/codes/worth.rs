//! The offer of a code, who may use it, and what it is worth for some goods.

use jiff::Timestamp;

use crate::{
    loyalty::{
        Member, NotAllowed, Programme,
        mechanics::codes::{Benefit, Offer},
        order::Line,
    },
    programme::names,
    values::money::spread,
};

/// The offer of a code: of one that everybody knows, or of one that was issued for it.
pub fn find_offer<'p>(programme: &'p Programme, code: &str, issued: Option<&str>) -> Option<&'p Offer> {
    let known = programme.mechanics.codes.offers.iter().find(|offer| offer.code.as_deref() == Some(code));
    known.or_else(|| programme.mechanics.codes.offers.iter().find(|offer| Some(offer.id.as_str()) == issued))
}

/// Whether this member may use a code of the offer now, when the code has been used `used` times.
pub fn may_use(
    offer: &Offer,
    used: i64,
    member: &Member,
    partner: Option<&str>,
    now: Timestamp,
) -> Result<(), NotAllowed> {
    if offer.from.is_some_and(|from| now < from) || offer.until.is_some_and(|until| until <= now) {
        return Err(NotAllowed::OutsideDates);
    }
    if !offer.is_for(&member.tier.id, &member.in_segments()) {
        return Err(NotAllowed::OtherMembers);
    }
    if offer.partner.as_deref() != partner {
        return Err(NotAllowed::PartnersOnly);
    }
    let own = member.limits.used(&format!("offer:{}", offer.id), "ever");
    if offer.per_member.is_some_and(|most| own >= most) {
        return Err(NotAllowed::MemberLimit);
    }
    if offer.uses.is_some_and(|most| used >= most) { Err(NotAllowed::CodeUsedUp) } else { Ok(()) }
}

/// A line as a code looks at it.
pub struct Priced<'a> {
    pub sku: Option<&'a str>,
    pub category: Option<&'a str>,
    /// Minor units of the whole line, and of one piece.
    pub amount: i64,
    pub piece: i64,
}

impl<'a> Priced<'a> {
    /// A line of which this much counts.
    pub fn of(line: &'a Line, amount: i64) -> Self {
        let (sku, category) = (line.sku.as_deref(), line.category.as_deref());
        Self { sku, category, amount, piece: line.unit_price }
    }
}

/// What a code takes off each line; shipping is not among them.
pub fn discounts(offer: &Offer, lines: &[Priced<'_>]) -> Vec<i64> {
    let covered = |line: &Priced<'_>| {
        let within = |path: &str| offer.goods.iter().any(|prefix| names::within(path, prefix));
        offer.goods.is_empty() || line.category.is_some_and(within)
    };
    let weights: Vec<i64> = lines.iter().map(|line| if covered(line) { line.amount } else { 0 }).collect();
    let goods: i64 = weights.iter().sum();
    match &offer.benefit {
        Benefit::Percent(percent) => spread(goods * percent / 100, &weights),
        Benefit::Amount(amount) => spread((*amount).min(goods), &weights),
        Benefit::FreeShipping => vec![0; lines.len()],
        Benefit::FreeItem(sku) => {
            let mut free = true;
            let item = |line: &Priced<'_>| {
                if line.sku != Some(sku) || !std::mem::take(&mut free) { 0 } else { line.piece.min(line.amount) }
            };
            lines.iter().map(item).collect()
        }
    }
}
