//! `PUT /v1/orders/{order_id}`: the full state of an order in, a receipt out. `GET` returns what was kept.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use jiff::Timestamp;
use serde::Serialize;

use super::{Page, PageQuery, auth::Caller, body::Body, problem::Problem, who};
pub use crate::intake::{
    fields::{check_id, check_points},
    order::{LineBody, OrderBody, check_codes, check_worth, checked_lines, currency_code, currency_places},
};
use crate::{
    app::{App, accept::Told},
    loyalty::{Order, receipt::Receipt},
    values::money::{format_units, places},
};

/// Send the full state of an order
#[utoipa::path(put, path = "/v1/orders/{order_id}", tag = "orders",
    security(("key" = ["orders"])),
    request_body = OrderBody,
    params(("order_id" = String, Path)),
    responses((status = 200, body = Receipt), (status = 202, body = Receipt), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(order_id): Path<String>,
    Body(body): Body<OrderBody>,
) -> Result<(StatusCode, [(&'static str, &'static str); 1], Json<Told>), Problem> {
    let incoming = body.incoming(&app.reader(), &caller.brand, &order_id.into(), false)?;
    let receipt = app.accept(&caller, incoming).await?;
    let thanks =
        app.programmes.of(&caller.brand).map_or("nobody", |live| live.live().programme.settings.thank_you.name());
    Ok((answered(&receipt), [(THANKS, thanks)], Json(receipt)))
}

/// 202 where nothing was applied and a person decides.
pub fn answered(receipt: &Receipt) -> StatusCode {
    if receipt.waits { StatusCode::ACCEPTED } else { StatusCode::OK }
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ExchangeView {
    #[schema(example = "0.92")]
    pub rate: String,
    pub source: String,
}

/// Says who sends the thank-you: a workflow asks for a text only when it is its turn.
const THANKS: &str = "loyalty-thank-you-by";

/// What is kept of an order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OrderView {
    pub order_id: String,
    pub member_id: String,
    pub status: String,
    pub revision: String,
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: Timestamp,
    /// The order's own; all amounts are in it.
    pub currency: String,
    /// What one unit of it counts in the programme's, and who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeView>,
    /// Goods after discounts and returns, without shipping.
    pub total: String,
    /// Programme version the order is judged by.
    pub programme: String,
    pub points: i64,
    /// Points that stand, per rule.
    pub earned: std::collections::BTreeMap<String, i64>,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let state = &order.state;
        Self {
            status: state.status.name().to_owned(),
            revision: state.revision.to_string(),
            placed_at: state.placed_at,
            total: format_units(state.total(), places(&state.currency)),
            currency: state.currency.clone(),
            exchange: state.exchange.as_ref().map(|by| ExchangeView { rate: by.decimal(), source: by.source.clone() }),
            programme: format!("v{}", order.programme),
            points: order.earned(),
            earned: order.awards.iter().map(|(rule, award)| (rule.clone(), award.points)).collect(),
            order_id: order.id,
            member_id: order.member,
        }
    }
}

/// What is kept of an order
#[utoipa::path(get, path = "/v1/orders/{order_id}", tag = "orders",
    security(("key" = ["orders"])),
    params(("order_id" = String, Path)),
    responses((status = 200, body = OrderView), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(order_id): Path<String>,
) -> Result<Json<OrderView>, Problem> {
    let order = app.store.order(&caller.brand, &order_id).await?;
    Ok(Json(order.ok_or_else(|| Problem::not_found(format!("order `{order_id}`")))?.into()))
}

/// A member's orders
#[utoipa::path(get, path = "/v1/members/{ref}/orders", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path), PageQuery),
    responses((status = 200, body = Page<OrderView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn of_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<OrderView>>, Problem> {
    let member = who::find(&app, &caller.brand, &reference).await?.member;
    let limit = page.limit();
    let cursor = page.cursor.unwrap_or_default();
    let orders = app.store.orders_of(&caller.brand, &member.id, &cursor, limit + 1).await?;
    Ok(Json(Page::cut(orders.into_iter().map(OrderView::from).collect(), limit, |order| order.order_id.clone())))
}
