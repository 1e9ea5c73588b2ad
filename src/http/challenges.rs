//! Challenges and badges of a member; joining one, and correcting one by hand.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};

use crate::{
    access::Caller,
    intake::{
        challenge::{ChallengeBody, CorrectionBody},
        problem::Problem,
    },
    loyalty::receipt::Receipt,
    service::{
        App,
        accept::ReceiptView,
        challenges::{self, Badges, Challenges},
        standing,
    },
    web::body::Body,
};

/// How far a member is with each challenge, stamp card, milestone and streak
#[utoipa::path(get, path = "/v1/members/{ref}/challenges", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path)),
    responses((status = 200, body = Challenges), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn of_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
) -> Result<Json<Challenges>, Problem> {
    challenges::of_member(&app, &caller.brand, &reference).await.map(Json)
}

/// Badges that a member has, and those still to be earned
#[utoipa::path(get, path = "/v1/members/{ref}/badges", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path)),
    responses((status = 200, body = Badges), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn badges(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
) -> Result<Json<Badges>, Problem> {
    challenges::badges_of(&app, &caller.brand, &reference).await.map(Json)
}

/// Take part in a challenge
///
/// For challenges of which `Takes part` says `who joins`. What came before does not count.
#[utoipa::path(post, path = "/v1/challenges/{id}/join", tag = "members",
    security(("key" = ["members"])),
    params(("id" = String, Path)), request_body = ChallengeBody,
    responses((status = 200, body = Receipt), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn join(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(challenge): Path<String>,
    Body(body): Body<ChallengeBody>,
) -> Result<Json<ReceiptView>, Problem> {
    challenges::join(&app, &caller, challenge, body).await.map(Json)
}

/// Add steps to a member's challenge by hand, or take some
///
/// With a reason, which is kept encrypted. What is reached or missed by it is given or taken back at once; nobody corrects an own account.
#[utoipa::path(post, path = "/v1/members/{ref}/challenges/{id}/correct", tag = "members",
    security(("key" = ["adjust"])),
    params(("ref" = String, Path), ("id" = String, Path)), request_body = CorrectionBody,
    responses((status = 200, body = Receipt), (status = 403, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn correct(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((reference, challenge)): Path<(String, String)>,
    Body(body): Body<CorrectionBody>,
) -> Result<Json<ReceiptView>, Problem> {
    standing::change(&app, &caller, &reference, body.read(challenge)?).await.map(Json)
}
