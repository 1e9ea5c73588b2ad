//! `PUT /v1/orders/{order_id}`: the full state of an order in, a receipt out. `GET` returns what was kept.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};

use super::body::Body;
use crate::{
    access::Caller,
    intake::{order::OrderBody, problem::Problem},
    loyalty::receipt::Receipt,
    service::{
        App,
        accept::Told,
        members,
        page::{Page, PageQuery},
        views::OrderView,
    },
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

/// Says who sends the thank-you: a workflow asks for a text only when it is its turn.
const THANKS: &str = "loyalty-thank-you-by";

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
    let member = members::find(&app, &caller.brand, &reference).await?.member;
    let limit = page.limit();
    let cursor = page.cursor.unwrap_or_default();
    let orders = app.store.orders_of(&caller.brand, &member.id, &cursor, limit + 1).await?;
    Ok(Json(Page::cut(orders.into_iter().map(OrderView::from).collect(), limit, |order| order.order_id.clone())))
}
