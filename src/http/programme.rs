//! `/v1/programme`: what is live, what a draft would have wrong, what it would have done, and making it live.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    access::Caller,
    intake::{
        draft::{DraftBody, PublishBody, RollbackBody, SimulateBody},
        problem::Problem,
    },
    service::{
        App,
        examples::{self, Examples},
        mercy::{self, RollbackView},
        programme::{self, Checked, LiveView},
        publishing::{self, PublishAnswer, PublishedView, Versions, WaitingDraft},
        simulation::{self, Simulated},
    },
    web::body::Body,
};

/// The live programme
#[utoipa::path(get, path = "/v1/programme", tag = "programme",
    security(("key" = ["programme"])),
    responses((status = 200, body = LiveView)))]
pub async fn get(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<LiveView>, Problem> {
    programme::live(&app, &caller.brand).await.map(Json)
}

/// Check a draft without changing anything
#[utoipa::path(post, path = "/v1/programme/check", tag = "programme",
    security(("key" = ["programme"])),
    request_body = DraftBody,
    responses((status = 200, body = Checked)))]
pub async fn check(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<DraftBody>,
) -> Result<Json<Checked>, Problem> {
    programme::check(&app, &caller.brand, body).await.map(Json)
}

/// What a draft would have done with what happened
///
/// Every event from outside is decided twice: as if the live version had been in force in the whole window, and as if the draft
/// had. Nothing is changed. One is worked out at a time; of very many members one in so many is looked at (`every`).
#[utoipa::path(post, path = "/v1/programme/simulate", tag = "programme",
    security(("key" = ["programme"])),
    request_body = SimulateBody,
    responses((status = 200, body = Simulated)))]
pub async fn simulate(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<SimulateBody>,
) -> Result<Json<Simulated>, Problem> {
    simulation::simulate(&app, &caller.brand, body).await.map(Json)
}

/// All versions, the newest first
#[utoipa::path(get, path = "/v1/programme/versions", tag = "programme",
    security(("key" = ["programme"])),
    responses((status = 200, body = Versions)))]
pub async fn versions(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Versions>, Problem> {
    publishing::versions(&app, &caller.brand).await.map(Json)
}

/// Make a draft live, exactly as it was checked
///
/// Refused where another version went live since: the answer says what it changed. Where the programme wants a second person it
/// waits (202) until somebody else asks for the same or agrees.
#[utoipa::path(post, path = "/v1/programme/publish", tag = "programme",
    security(("key" = ["programme"])),
    request_body = PublishBody,
    responses((status = 200, body = PublishedView), (status = 202, body = WaitingDraft)))]
pub async fn publish(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<PublishBody>,
) -> Result<Response, Problem> {
    publishing::publish(&app, &caller, body).await.map(answered)
}

fn answered(answer: PublishAnswer) -> Response {
    match answer {
        PublishAnswer::Live(live) => Json(live).into_response(),
        PublishAnswer::Waits(waits) => (StatusCode::ACCEPTED, Json(waits)).into_response(),
    }
}

/// What rolling back to an earlier version would do, and who was given too much since
#[utoipa::path(post, path = "/v1/programme/rollback/preview", tag = "programme",
    security(("key" = ["programme"])),
    request_body = RollbackBody,
    responses((status = 200, body = RollbackView)))]
pub async fn preview(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<RollbackBody>,
) -> Result<Json<RollbackView>, Problem> {
    mercy::preview(&app, &caller.brand, body).await.map(Json)
}

/// Make an earlier version live once more
///
/// A new version says what that one said; nothing is deleted. What was given since and would not have been stays the members', or is
/// taken back as far as it is there: an adjustment per member with the reason, once, going on after a restart. Taking back needs a
/// second person where `Second key above` is set.
#[utoipa::path(post, path = "/v1/programme/rollback", tag = "programme",
    security(("key" = ["programme"])),
    request_body = RollbackBody,
    responses((status = 200, body = PublishedView), (status = 202, body = WaitingDraft)))]
pub async fn roll_back(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<RollbackBody>,
) -> Result<Response, Problem> {
    mercy::roll_back(&app, &caller, body).await.map(answered)
}

/// What waits for a second person, and what it changes
#[utoipa::path(get, path = "/v1/programme/waiting", tag = "programme",
    security(("key" = ["programme"])),
    responses((status = 200, body = WaitingDraft), (status = 204, description = "Nothing waits")))]
pub async fn waiting(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    let waits = publishing::waiting(&app, &caller.brand).await?;
    Ok(waits.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |waits| Json(waits).into_response()))
}

/// Agree to a draft that waits, as another person than the one who asked
#[utoipa::path(post, path = "/v1/programme/waiting/{fingerprint}/agree", tag = "programme",
    security(("key" = ["programme"])),
    params(("fingerprint" = String, Path)),
    responses((status = 200, body = PublishedView)))]
pub async fn agree(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(fingerprint): Path<String>,
) -> Result<Json<PublishedView>, Problem> {
    publishing::agree(&app, &caller, &fingerprint).await.map(Json)
}

/// Let a draft wait no more
#[utoipa::path(delete, path = "/v1/programme/waiting/{fingerprint}", tag = "programme",
    security(("key" = ["programme"])),
    params(("fingerprint" = String, Path)),
    responses((status = 204)))]
pub async fn withdraw(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(fingerprint): Path<String>,
) -> Result<StatusCode, Problem> {
    publishing::withdraw(&app, &caller.brand, &fingerprint).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Examples proposed from typical purchases, as rows for the table Examples
///
/// They say what such a purchase earns by the live programme: keep those that must go on to hold.
#[utoipa::path(get, path = "/v1/programme/examples", tag = "programme",
    security(("key" = ["programme"])),
    responses((status = 200, body = Examples)))]
pub async fn examples(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Examples>, Problem> {
    examples::propose(&app, &caller.brand).await.map(Json)
}
