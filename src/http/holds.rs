//! `/v1/holds`: points set aside, paid with, given back.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};

use super::made;
use crate::{
    access::Caller,
    intake::{
        hold::{CaptureBody, HoldBody},
        problem::Problem,
    },
    service::{
        App,
        holds::{self, HoldView},
    },
    web::body::Body,
};

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
    let hold = holds::make(&app, &caller, body).await?;
    Ok((made(hold.duplicate), Json(hold)))
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
    holds::capture(&app, &caller, id, &body).await.map(Json)
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
    holds::release(&app, &caller, id).await.map(Json)
}
