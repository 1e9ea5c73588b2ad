//! `POST /v1/quotes`.

use std::sync::Arc;

use axum::{Json, extract::State};

use crate::{
    access::Caller,
    intake::{cart::CartBody, problem::Problem},
    service::{
        App,
        quotes::{QuoteView, quote},
    },
    web::body::Body,
};

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
    quote(&app, &caller.brand, body).await.map(Json)
}
