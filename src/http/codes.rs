//! `/v1/codes`: checked, used, given back, issued.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};

use crate::{
    access::Caller,
    intake::{
        code::{CheckBody, CodeBody, IssueBody, Step},
        problem::Problem,
    },
    loyalty::receipt::Receipt,
    service::{
        App,
        accept::ReceiptView,
        codes::{self, Issued, Worth},
    },
    web::body::Body,
};

/// Whether a member may use a code, and what it is worth
#[utoipa::path(post, path = "/v1/codes/{code}/check", tag = "spending",
    security(("key" = ["redeem"]), ("key" = ["partner"])),
    params(("code" = String, Path)), request_body = CheckBody,
    responses((status = 200, body = Worth), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn check(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(code): Path<String>,
    Body(body): Body<CheckBody>,
) -> Result<Json<Worth>, Problem> {
    codes::check(&app, &caller, &code, body).await.map(Json)
}

/// Use a code
#[utoipa::path(post, path = "/v1/codes/{code}/redeem", tag = "spending",
    security(("key" = ["redeem"]), ("key" = ["partner"])),
    params(("code" = String, Path)), request_body = CodeBody,
    responses((status = 200, body = Receipt), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn redeem(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(code): Path<String>,
    Body(body): Body<CodeBody>,
) -> Result<Json<ReceiptView>, Problem> {
    codes::step(&app, &caller, (Step::Redeem, code), body).await.map(Json)
}

/// Give a use of a code back
#[utoipa::path(post, path = "/v1/codes/{code}/release", tag = "spending",
    security(("key" = ["redeem"]), ("key" = ["partner"])),
    params(("code" = String, Path)), request_body = CodeBody,
    responses((status = 200, body = Receipt), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn release(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(code): Path<String>,
    Body(body): Body<CodeBody>,
) -> Result<Json<ReceiptView>, Problem> {
    codes::step(&app, &caller, (Step::Release, code), body).await.map(Json)
}

/// Make codes, or take over a list of them
#[utoipa::path(post, path = "/v1/codes", tag = "spending",
    security(("key" = ["programme"])),
    request_body = IssueBody,
    responses((status = 200, body = Issued), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn issue(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<IssueBody>,
) -> Result<Json<Issued>, Problem> {
    codes::issue(&app, &caller.brand, &body).await.map(Json)
}
