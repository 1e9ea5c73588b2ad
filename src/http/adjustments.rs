//! `/v1/adjustments`: points by hand, what of them waits for a second person, and that person's word.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    access::Caller,
    intake::{adjustment::AdjustmentBody, incoming::Origin, problem::Problem},
    loyalty::receipt::Receipt,
    service::{
        App,
        adjustments::{Adjusted, adjust},
        approve::{self, Waiting, WaitingView},
    },
    web::body::Body,
};

/// Give or take points by hand; above what one key may move on one day it waits for a second person (202)
#[utoipa::path(post, path = "/v1/adjustments", tag = "members",
    security(("key" = ["adjust"])),
    request_body = AdjustmentBody,
    responses((status = 200, body = Receipt), (status = 202, body = Waiting),
              (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<AdjustmentBody>,
) -> Result<Response, Problem> {
    Ok(match adjust(&app, &caller, body).await? {
        Adjusted::Done(receipt) => Json(receipt).into_response(),
        Adjusted::Waits(waiting) => (StatusCode::ACCEPTED, Json(waiting)).into_response(),
    })
}

/// What waits for a second person, with the reason in words
#[utoipa::path(get, path = "/v1/adjustments/{source}/{id}", tag = "members",
    security(("key" = ["adjust"])),
    params(("source" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = WaitingView), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((name, id)): Path<(String, String)>,
) -> Result<Json<WaitingView>, Problem> {
    approve::waiting(&app, Origin { brand: &caller.brand, name: &name }, id).await.map(Json)
}

/// Agree to an adjustment that waits, as another person than the one who asked
#[utoipa::path(post, path = "/v1/adjustments/{source}/{id}/approve", tag = "members",
    security(("key" = ["adjust"])),
    params(("source" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Receipt), (status = 403, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn approve(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((name, id)): Path<(String, String)>,
) -> Result<Json<Receipt>, Problem> {
    approve::approve(&app, &caller, Origin { brand: &caller.brand, name: &name }, &id).await.map(Json)
}
