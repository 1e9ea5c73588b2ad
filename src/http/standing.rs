//! What is done by hand to a member's standing.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};

use crate::{
    access::Caller,
    intake::{
        problem::Problem,
        standing::{MembershipBody, ReactivationBody, RestrictionBody, TierBody},
    },
    loyalty::receipt::Receipt,
    service::{App, accept::ReceiptView, standing},
    web::body::Body,
};

/// Give expired points back
#[utoipa::path(post, path = "/v1/members/{ref}/reactivations", tag = "members",
    security(("key" = ["admin"])),
    params(("ref" = String, Path)),
    request_body = ReactivationBody, responses((status = 200, body = Receipt)))]
pub async fn reactivate(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<ReactivationBody>,
) -> Result<Json<ReceiptView>, Problem> {
    standing::change(&app, &caller, &reference, body.read(&app.reader())?).await.map(Json)
}

/// Grant a tier until an instant
#[utoipa::path(post, path = "/v1/members/{ref}/tier", tag = "members",
    security(("key" = ["admin"])),
    params(("ref" = String, Path)), request_body = TierBody,
    responses((status = 200, body = Receipt), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn grant_tier(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<TierBody>,
) -> Result<Json<ReceiptView>, Problem> {
    standing::change(&app, &caller, &reference, body.read(&app.reader())?).await.map(Json)
}

/// Put an account on hold, or lift it
#[utoipa::path(post, path = "/v1/members/{ref}/restriction", tag = "members",
    security(("key" = ["admin"])),
    params(("ref" = String, Path)),
    request_body = RestrictionBody, responses((status = 200, body = Receipt)))]
pub async fn restrict(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<RestrictionBody>,
) -> Result<Json<ReceiptView>, Problem> {
    standing::change(&app, &caller, &reference, body.read()?).await.map(Json)
}

/// Let a member leave the programme, or come back
///
/// Leaving releases what is set aside and ends all points; what is owed stays owed. Coming back brings no points: a reactivation does.
#[utoipa::path(post, path = "/v1/members/{ref}/membership", tag = "members",
    security(("key" = ["admin"])),
    params(("ref" = String, Path)),
    request_body = MembershipBody, responses((status = 200, body = Receipt)))]
pub async fn membership(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<MembershipBody>,
) -> Result<Json<ReceiptView>, Problem> {
    standing::change(&app, &caller, &reference, body.read()?).await.map(Json)
}
