//! `/v1/rewards` and `/v1/claims`; what a member took or was given.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::Deserialize;

use super::made;
use crate::{
    access::Caller,
    intake::{
        claim::{ClaimBody, StepBody},
        problem::Problem,
    },
    service::{
        App,
        claims::{self, ClaimOfMember},
        page::{Page, PageQuery},
        rewards::{self, Catalogue, ClaimView},
    },
    web::body::Body,
};

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ForMember {
    /// A member's `ref`: then each reward says whether this member can have it.
    pub member: Option<String>,
}

/// What points can be had for
#[utoipa::path(get, path = "/v1/rewards", tag = "spending",
    security(("key" = ["redeem"])),
    params(ForMember),
    responses((status = 200, body = Catalogue), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<ForMember>,
) -> Result<Json<Catalogue>, Problem> {
    rewards::catalogue(&app, &caller.brand, query.member.as_deref()).await.map(Json)
}

/// What a member took or was given: rewards, and codes of its own
///
/// Newest first, each with how it stands, what it was given for, and its code.
#[utoipa::path(get, path = "/v1/members/{ref}/claims", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path), PageQuery),
    responses((status = 200, body = Page<ClaimOfMember>), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn of_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ClaimOfMember>>, Problem> {
    claims::of_member(&app, &caller.brand, &reference, &page).await.map(Json)
}

/// Take a reward
#[utoipa::path(post, path = "/v1/rewards/{id}/claims", tag = "spending",
    security(("key" = ["redeem"])),
    params(("id" = String, Path)), request_body = ClaimBody,
    responses((status = 201, body = ClaimView), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn claim(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reward): Path<String>,
    Body(body): Body<ClaimBody>,
) -> Result<(StatusCode, Json<ClaimView>), Problem> {
    let claim = rewards::claim(&app, &caller, reward, body).await?;
    Ok((made(claim.duplicate), Json(claim)))
}

/// The reward was handed over, or its issuer confirmed it
#[utoipa::path(post, path = "/v1/claims/{id}/fulfil", tag = "spending",
    security(("key" = ["redeem"])),
    params(("id" = String, Path)), request_body = StepBody,
    responses((status = 200, body = ClaimView), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn fulfil(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<StepBody>,
) -> Result<Json<ClaimView>, Problem> {
    rewards::fulfil(&app, &caller, id, body).await.map(Json)
}

/// Points and stock go back; a coupon's code is void
#[utoipa::path(post, path = "/v1/claims/{id}/cancel", tag = "spending",
    security(("key" = ["redeem"])),
    params(("id" = String, Path)), request_body = StepBody,
    responses((status = 200, body = ClaimView), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<StepBody>,
) -> Result<Json<ClaimView>, Problem> {
    rewards::cancel(&app, &caller, id, body).await.map(Json)
}
