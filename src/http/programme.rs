//! `/v1/programme`: what is live, what a draft would have wrong, and what it would have done.

use std::sync::Arc;

use axum::{Json, extract::State};

use crate::{
    access::Caller,
    intake::{
        draft::{DraftBody, SimulateBody},
        problem::Problem,
    },
    service::{
        App,
        programme::{self, Checked, LiveView},
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
