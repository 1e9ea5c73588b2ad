//! A cart -> what it would earn, how many points may pay for it and why not more. Changes nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{App, members, spoken::Spoken};
use crate::{
    ids,
    intake::{
        cart::{Cart, CartBody},
        problem::Problem,
    },
    loyalty::{
        Fact, Member, OrderState, Programmes,
        counters::Counts,
        event::About,
        quote::{self, Quote, Request},
    },
    values::money::{format_units, places, plain_decimal},
};

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuoteView {
    /// Points the cart would earn when paid so.
    pub earns: i64,
    pub payable: Payable,
    /// Take these off the lines of the order; what is paid with points earns nothing.
    pub lines: Vec<DiscountView>,
    pub codes: Vec<CodeView>,
    pub free_shipping: bool,
    /// Percent that the shop takes off its prices for the member's tier, `0` = none; it is not among the discounts here.
    pub discount_percent: String,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Payable {
    pub points: i64,
    /// In the programme's currency; what is off the lines is in the cart's.
    pub amount: String,
    /// Why not more, in words.
    pub limits: Vec<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DiscountView {
    pub id: String,
    /// By points and codes together.
    pub discount: String,
    pub by_points: String,
    pub by_codes: String,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CodeView {
    pub code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    pub discount: String,
    /// Why it counts for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What a cart of this brand would earn and cost in points. Somebody who is not known yet is quoted as a new member would be.
pub async fn quote(app: &App, brand: &str, body: CartBody) -> Result<QuoteView, Problem> {
    let programmes = app.programmes_of(brand)?;
    let now = app.clock.now();
    let Cart { member, state, points } = body.read(now)?;
    let known = members::look_up(app, brand, (member, "/member")).await?;
    let member = known.map_or_else(|| Member::new(ids::fresh("mem"), now), |loaded| loaded.member);
    let counts = counts(app, brand, &programmes, &state).await?;
    let quote = quote::quote(&programmes, &member, &Request { state: &state, points }, &counts, now)?;
    let programme_currency = &programmes.live().programme.settings.currency;
    let spoken = Spoken::to(member.language.as_deref(), &programmes.live().programme);
    Ok(QuoteView::of(quote, &spoken, [places(&state.currency), places(programme_currency)]))
}

/// The budgets and codes that the cart looks at.
async fn counts(app: &App, brand: &str, programmes: &Programmes, state: &OrderState) -> Result<Counts, Problem> {
    let fact = Fact::Order { order_id: String::new(), state: Box::new(state.clone()) };
    let about = About { programmes, order: None, now: state.placed_at };
    let keys = fact.counts(&about).into_iter().chain(fact.limits(&about));
    let keys = keys.map(|key| (brand.to_owned(), key));
    let found = app.store.counts(keys.collect()).await?;
    Ok(found.into_iter().map(|((_, key), found)| (key, found.count)).collect::<BTreeMap<_, _>>())
}

impl QuoteView {
    fn of(quote: Quote, spoken: &Spoken<'_>, [places, programme_places]: [u32; 2]) -> Self {
        let amount = |units: i64| format_units(units, places);
        let lines = quote.lines.into_iter().map(|line| DiscountView {
            discount: amount(line.by_points + line.by_codes),
            by_points: amount(line.by_points),
            by_codes: amount(line.by_codes),
            id: line.id,
        });
        let codes = quote.codes.into_iter().map(|answer| CodeView {
            code: answer.code,
            offer: answer.offer,
            discount: amount(answer.amount),
            problem: answer.refused.map(|why| spoken.refusal(&why)),
        });
        let limits = quote.limits.into_iter().map(|limit| spoken.limit(limit)).collect();
        Self {
            earns: quote.earns,
            payable: Payable { points: quote.points, amount: format_units(quote.amount, programme_places), limits },
            lines: lines.collect(),
            codes: codes.collect(),
            free_shipping: quote.free_shipping,
            discount_percent: plain_decimal(quote.discount, 2),
        }
    }
}
