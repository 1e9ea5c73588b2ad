//! `POST /v1/quotes`: a cart -> what it would earn, how many points may pay for it and why not more. Changes nothing.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};

use super::body::Body;
use crate::{
    access::Caller,
    ids,
    intake::{
        fields::{Decimal, check_points, list, optional, optional_whole},
        member::MemberBody,
        order::{LineBody, check_codes, check_worth, checked_lines, currency_code, currency_places, yes, yes_or},
        problem::Problem,
    },
    loyalty::{
        Fact, Member, OrderState,
        order::Revision,
        quote::{self, Asked, Quote},
        shared::{self, Counts},
    },
    service::{App, members},
    values::money::{self, format_units},
};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CartBody {
    pub member: MemberBody,
    #[schema(example = "EUR")]
    pub currency: String,
    #[serde(default = "yes", deserialize_with = "yes_or")]
    pub prices_include_tax: bool,
    pub lines: Vec<LineBody>,
    #[serde(default, deserialize_with = "optional")]
    pub shipping: Option<Decimal>,
    /// Points the member wants to pay with; all that may when left out.
    #[serde(default, deserialize_with = "optional_whole")]
    pub points: Option<i64>,
    #[serde(default, deserialize_with = "list")]
    pub codes: Vec<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuoteView {
    /// Points the cart would earn when paid so.
    pub earns: i64,
    pub payable: Payable,
    /// Take these off the lines of the order; what is paid with points earns nothing.
    pub lines: Vec<DiscountView>,
    pub codes: Vec<CodeView>,
    pub free_shipping: bool,
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

/// What a cart would earn and cost in points
#[utoipa::path(post, path = "/v1/quotes", tag = "spending",
    security(("key" = ["redeem"])),
    request_body = CartBody,
    responses((status = 200, body = QuoteView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<CartBody>,
) -> Result<Json<QuoteView>, Problem> {
    let programmes = app.programmes.of(&caller.brand);
    let programmes = programmes.ok_or_else(|| Problem::unavailable("The brand has no programme yet"))?;
    let mut errors = Vec::new();
    let currency = currency_code(&body.currency);
    let places = currency_places(&currency, &mut errors);
    let lines = checked_lines(body.lines, (places, body.prices_include_tax), (&mut errors, &mut Vec::new()));
    let shipping = body.shipping.map_or(0, |amount| amount.units(places, "/shipping", &mut errors));
    check_worth(&lines, places, &mut errors);
    if let Some(points) = body.points {
        check_points(points, 0, "/points", &mut errors);
    }
    check_codes(&body.codes, &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let now = app.clock.now();
    let known = members::look_up(&app, &caller.brand, (body.member, "/member")).await?;
    let member = known.map_or_else(|| Member::new(ids::fresh("mem"), now), |loaded| loaded.member);
    let cart = OrderState::paid(Revision::Number(0), now, &currency, lines);
    let state = OrderState { paid_at: Some(now), shipping, codes: body.codes, ..cart };
    let counts = counts(&app, &caller.brand, &programmes, &state).await?;
    let quote = quote::quote(&programmes, &member, &Asked { state: &state, points: body.points }, &counts, now)?;
    let ours = &programmes.live().programme.settings.currency;
    Ok(Json(QuoteView::of(quote, places, money::places(ours))))
}

/// The budgets and codes that the cart looks at.
async fn counts(
    app: &App,
    brand: &str,
    programmes: &crate::programme::Programmes,
    state: &OrderState,
) -> Result<Counts, Problem> {
    let fact = Fact::Order { order_id: String::new(), state: Box::new(state.clone()) };
    let keys = shared::keys(programmes, None, &fact, state.placed_at).into_iter().map(|key| (brand.to_owned(), key));
    let found = app.store.counts(keys.collect()).await?;
    Ok(found.into_iter().map(|((_, key), found)| (key, found.count)).collect::<BTreeMap<_, _>>())
}

impl QuoteView {
    fn of(quote: Quote, places: u32, our_places: u32) -> Self {
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
            problem: answer.refused,
        });
        let limits = quote.limits.iter().map(ToString::to_string).collect();
        Self {
            earns: quote.earns,
            payable: Payable { points: quote.points, amount: format_units(quote.amount, our_places), limits },
            lines: lines.collect(),
            codes: codes.collect(),
            free_shipping: quote.free_shipping,
        }
    }
}
