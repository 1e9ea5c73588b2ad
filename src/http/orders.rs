//! `/v1/orders`: the full state of an order in, a receipt out; what is kept of orders.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};

use super::applied;
use crate::{
    access::Caller,
    intake::{order::OrderBody, problem::Problem},
    loyalty::receipt::Receipt,
    service::{
        App,
        accept::ReceiptView,
        orders,
        page::{Page, PageQuery},
        views::OrderView,
    },
    web::body::Body,
};

/// Says who sends the thank-you: a workflow asks for a text only when it is its turn.
const THANKS: &str = "loyalty-thank-you-by";

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
) -> Result<(StatusCode, [(&'static str, &'static str); 1], Json<ReceiptView>), Problem> {
    let receipt = orders::put(&app, &caller, order_id, body).await?;
    Ok((applied(&receipt), [(THANKS, orders::thanked_by(&app, &caller.brand))], Json(receipt)))
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
    orders::get(&app, &caller.brand, &order_id).await.map(Json)
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
    orders::of_member(&app, &caller.brand, &reference, page).await.map(Json)
}
