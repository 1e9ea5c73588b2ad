//! `POST /webhooks/standard` and `/webhooks/unomi`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use super::applied;
use crate::{
    intake::{
        problem::Problem,
        webhook::{Envelope, ProfileChanged},
    },
    loyalty::receipt::Receipt,
    service::{
        App,
        webhooks::{self, Received, Waits},
    },
    signature,
    web::body::{Body, raw},
};

/// A signed webhook
#[utoipa::path(post, path = "/webhooks/standard", tag = "webhooks", request_body = Envelope, security(()),
    responses((status = 200, body = Receipt), (status = 202, body = Waits), (status = 401, body = Problem, content_type = "application/problem+json")))]
pub async fn standard(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    let bytes = raw(request, &app).await?;
    let headers = signed(&headers).ok_or_else(Problem::unauthorized)?;
    Ok(match webhooks::standard(&app, headers, &bytes).await? {
        Received::Accepted(receipt) => (applied(&receipt), Json(receipt)).into_response(),
        Received::Waits(waits) => (StatusCode::ACCEPTED, Json(waits)).into_response(),
    })
}

fn signed(headers: &HeaderMap) -> Option<signature::Headers<'_>> {
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
    Some(signature::Headers { id, timestamp, signature: header("webhook-signature")? })
}

/// The call of a rule in Unomi carries no signature: it is only a hint to read that profile now
#[utoipa::path(post, path = "/webhooks/unomi", tag = "webhooks", request_body = ProfileChanged, security(()),
    responses((status = 202), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn unomi(State(app): State<Arc<App>>, Body(hint): Body<ProfileChanged>) -> Result<StatusCode, Problem> {
    webhooks::profile_changed(&app, &hint)?;
    Ok(StatusCode::ACCEPTED)
}
