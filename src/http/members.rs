//! `/v1/members`: join, read, change.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};

use crate::{
    access::Caller,
    intake::{member::MemberBody, problem::Problem},
    loyalty::receipt::Receipt,
    service::{
        App,
        accept::ReceiptView,
        members,
        views::{BenefitsView, MemberView},
    },
    web::body::Body,
};

/// Join
#[utoipa::path(post, path = "/v1/members", tag = "members",
    security(("key" = ["members"])),
    request_body = MemberBody,
    responses((status = 200, body = Receipt), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn join(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<MemberBody>,
) -> Result<Json<ReceiptView>, Problem> {
    members::join(&app, &caller, body).await.map(Json)
}

/// A member: balance, tier, lots, segments, progress
#[utoipa::path(get, path = "/v1/members/{ref}", tag = "members", security(("key" = ["members"])),
    params(("ref" = String, Path)),
    responses((status = 200, body = MemberView), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
) -> Result<Json<MemberView>, Problem> {
    let loaded = members::find(&app, &caller.brand, &reference).await?;
    MemberView::of(&app, &caller.brand, loaded, app.clock.now()).await.map(Json)
}

/// What the member's tier brings beside points
///
/// For a shop that shows its prices: the discount it takes off, free shipping, early access, and until when.
#[utoipa::path(get, path = "/v1/members/{ref}/benefits", tag = "members", security(("key" = ["members"])),
    params(("ref" = String, Path)),
    responses((status = 200, body = BenefitsView), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn benefits(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
) -> Result<Json<BenefitsView>, Problem> {
    let loaded = members::find(&app, &caller.brand, &reference).await?;
    BenefitsView::at(&app, &caller.brand, &loaded, app.clock.now()).map(Json)
}

/// A member accepts to be one
///
/// Where `New members` says that points wait until they accept: what waited can be spent by its usual waits, and its clock starts
/// now. Who has accepted already is told so. Joining by `POST /v1/members` is accepting, too.
#[utoipa::path(post, path = "/v1/members/{ref}/accept", tag = "members", security(("key" = ["members"])),
    params(("ref" = String, Path)),
    responses((status = 200, body = Receipt), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn accept(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
) -> Result<Json<ReceiptView>, Problem> {
    members::accept(&app, &caller, &reference).await.map(Json)
}

/// Change facts or add identities
#[utoipa::path(patch, path = "/v1/members/{ref}", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path)), request_body = MemberBody,
    responses((status = 200, body = Receipt), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<MemberBody>,
) -> Result<Json<ReceiptView>, Problem> {
    members::change(&app, &caller, &reference, body).await.map(Json)
}
