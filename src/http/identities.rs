//! `POST /v1/members/{ref}/identities/release`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};

use crate::{
    access::Caller,
    intake::{identity::ReleaseBody, problem::Problem},
    loyalty::receipt::Receipt,
    service::{App, identities},
    web::body::Body,
};

/// Take an identity from a member, or move it to another one
#[utoipa::path(post, path = "/v1/members/{ref}/identities/release", tag = "members", security(("key" = ["members"])), params(("ref" = String, Path)),
    request_body = ReleaseBody,
    responses((status = 200, body = Receipt), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn release(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<ReleaseBody>,
) -> Result<Json<Receipt>, Problem> {
    identities::release(&app, &caller, &reference, body).await.map(Json)
}
