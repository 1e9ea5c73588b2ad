//! `/v1/programme`: what is live, and what a draft would have wrong.

use std::sync::Arc;

use axum::{Json, extract::State};

use crate::{
    access::Caller,
    intake::{draft::DraftBody, problem::Problem},
    service::{
        App,
        programme::{self, Checked, LiveView},
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
