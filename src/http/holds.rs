//! Paying with points: set aside, pay with all or a part, give back. Repeating a call gives the same answer.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::body::Body;
use crate::{
    access::Caller,
    intake::{
        GivenId, Incoming, Who,
        fields::{Decimal, FieldError, ID, check_length, check_points, optional, whole},
        member::MemberBody,
        order::{currency_code, currency_places},
        problem::Problem,
    },
    loyalty::{
        Fact,
        event::{Goods, HoldCaptured, HoldMade, HoldReleased},
        member::Balance,
        receipt::Receipt,
    },
    service::{App, members},
    values::span::Span,
};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "till-3-778", "member": {"external_id": "c-1042"}, "points": 100, "ttl": "15m", "order_id": "1001"}))]
pub struct HoldBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    pub member: MemberBody,
    #[serde(deserialize_with = "whole")]
    pub points: i64,
    /// How long it lasts, like `15m`; the programme's when left out, a day at most.
    pub ttl: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>)]
    pub order_id: Option<GivenId>,
    /// Needed only where points are for some goods.
    #[serde(default)]
    pub goods: Vec<GoodsBody>,
    pub currency: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoodsBody {
    pub category: Option<String>,
    pub amount: Decimal,
}

/// What became of the hold; `id`, and the points and instants that matter in its state.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HoldView {
    #[serde(flatten)]
    #[schema(value_type = Object, example = json!({"id": "hold_...", "points": 100, "expires_at": "2026-11-20T12:15:00Z"}))]
    pub hold: Value,
    pub member_id: String,
    pub balance: Balance,
    pub duplicate: bool,
}

impl From<Receipt> for HoldView {
    fn from(receipt: Receipt) -> Self {
        let Receipt { subject, member_id, balance, duplicate, .. } = receipt;
        Self { hold: subject.unwrap_or_default(), member_id, balance, duplicate }
    }
}

/// Longest life of a hold.
const LONGEST: &str = "1D";
pub const GOODS: usize = 1000;

/// Set points aside for a payment
#[utoipa::path(post, path = "/v1/holds", tag = "spending",
    security(("key" = ["redeem"])),
    request_body = HoldBody,
    responses((status = 201, body = HoldView), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn make(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<HoldBody>,
) -> Result<(StatusCode, Json<HoldView>), Problem> {
    let mut errors = Vec::new();
    let id = body.id.own("/id", &mut errors);
    check_points(body.points, 1, "/points", &mut errors);
    let ttl = lifetime(body.ttl.as_deref(), &app, &mut errors);
    let order = body.order_id.map(|order| order.own("/order_id", &mut errors));
    let currency = body.currency.map(|code| currency_code(&code));
    let places = currency_places(currency.as_deref().unwrap_or("EUR"), &mut errors);
    if body.goods.len() > GOODS {
        errors.push(FieldError::at("/goods", format!("has more than {GOODS} entries")));
    }
    let goods = body.goods.into_iter().enumerate().map(|(index, goods)| {
        let at = format!("/goods/{index}");
        check_length(goods.category.as_deref(), ID, &format!("{at}/category"), &mut errors);
        Goods {
            category: goods.category.map(|path| path.trim_matches('/').to_owned()),
            amount: goods.amount.units(places, &format!("{at}/amount"), &mut errors),
        }
    });
    let goods = goods.collect();
    let who = body.member.who(&app.reader(), "/member", &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let incoming = Incoming {
        source: format!("{}:hold", caller.name),
        brand: caller.brand.clone(),
        id,
        occurred_at: None,
        fact: Fact::HoldMade(HoldMade { points: body.points, ttl, order, currency, goods }),
        who,
    };
    let receipt = app.accept(&caller, incoming).await?.into_receipt();
    let status = if receipt.duplicate { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(receipt.into())))
}

fn lifetime(text: Option<&str>, app: &App, errors: &mut Vec<FieldError>) -> Option<Span> {
    let span = match text?.parse::<Span>() {
        Ok(span) => span,
        Err(error) => {
            errors.push(FieldError::at("/ttl", error.to_string()));
            return None;
        }
    };
    let (now, zone) = (app.clock.now(), jiff::tz::TimeZone::UTC);
    let longest = LONGEST.parse::<Span>().ok()?;
    if span.after(now, &zone) > longest.after(now, &zone) {
        errors.push(FieldError::at("/ttl", format!("is longer than {LONGEST}")));
    }
    Some(span)
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaptureBody {
    /// All when left out; the rest is given back.
    pub points: Option<i64>,
}

/// Pay with points that were set aside
#[utoipa::path(post, path = "/v1/holds/{id}/capture", tag = "spending",
    security(("key" = ["redeem"])),
    params(("id" = String, Path)), request_body = CaptureBody,
    responses((status = 200, body = HoldView), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn capture(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<CaptureBody>,
) -> Result<Json<HoldView>, Problem> {
    let mut errors = Vec::new();
    if let Some(points) = body.points {
        check_points(points, 1, "/points", &mut errors); // to pay with none, the hold is released
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let fact = Fact::HoldCaptured(HoldCaptured { hold: id.clone(), points: body.points });
    step(&app, caller, ("hold", id), "capture", fact).await.map(|receipt| Json(receipt.into()))
}

/// Give back points that were set aside
#[utoipa::path(delete, path = "/v1/holds/{id}", tag = "spending",
    security(("key" = ["redeem"])),
    params(("id" = String, Path)),
    responses((status = 200, body = HoldView), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn release(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<HoldView>, Problem> {
    let fact = Fact::HoldReleased(HoldReleased { hold: id.clone() });
    step(&app, caller, ("hold", id), "release", fact).await.map(|receipt| Json(receipt.into()))
}

/// The next step of something a member has: its name leads to the member, and with the kind of step it makes the event's
/// identity, so that the same step again is the same event.
pub async fn step(
    app: &App,
    caller: Caller,
    (kind, id): (&'static str, String),
    name: &str,
    fact: Fact,
) -> Result<Receipt, Problem> {
    let member = members::named(app, &caller.brand, kind, &id).await?;
    let incoming = Incoming {
        brand: caller.brand.clone(),
        source: kind.to_owned(),
        id: format!("{id}/{name}"),
        occurred_at: None,
        fact,
        who: Who { id: Some(member), ..Who::default() },
    };
    Ok(app.accept(&caller, incoming).await?.into_receipt())
}
