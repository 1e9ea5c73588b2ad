//! Is it alive, can it serve. Open to everybody, tells nothing about anybody.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    intake::problem::Problem,
    service::{App, conditions::conditions},
    writer::Unwell,
};

/// A store that serves answers a question sooner.
const ANSWER: Duration = Duration::from_secs(2);

/// The process answers
#[utoipa::path(get, path = "/health/live", tag = "operations", security(()), responses((status = 200, body = Object)))]
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "live", "version": env!("CARGO_PKG_VERSION") }))
}

/// The writer and the store answer, the clock can be trusted, and there is a programme
#[utoipa::path(get, path = "/health/ready", tag = "operations", security(()), responses((status = 200, body = Object), (status = 503, body = Problem)))]
pub async fn ready(State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    if app.tasks.stop.is_cancelled() {
        return Err(Problem::stopping());
    }
    if let Some(doubt) = app.clock.doubt() {
        return Err(Problem::clock(doubt));
    }
    let (writes, reads) = tokio::join!(app.writer.answers(), tokio::time::timeout(ANSWER, app.store.keys()));
    match writes {
        Ok(()) => {}
        Err(Unwell::Ended) => return Err(Problem::stopping()),
        Err(unwell) => return Err(Problem::unavailable(unwell.to_string())),
    }
    reads.map_err(|_| Problem::unavailable(format!("the store does not answer within {} s", ANSWER.as_secs())))??;
    let brand = &app.settings.server.brand;
    let live =
        app.programmes.of(brand).ok_or_else(|| Problem::unavailable(format!("Brand {brand} has no programme yet")))?;
    Ok(Json(json!({ "status": "ready", "programme": format!("v{}", live.live().number) })))
}

/// How the ledger and the systems around it are doing, a word each
#[utoipa::path(get, path = "/health", tag = "operations", security(()), responses((status = 200, body = HealthView)))]
pub async fn health(State(app): State<Arc<App>>) -> Result<Json<HealthView>, Problem> {
    let systems = conditions(&app).await?;
    let fine = systems.iter().all(|system| system.condition.is_fine()) && app.not_live.borrow().is_empty();
    let systems = systems.into_iter().map(|system| (system.name.to_lowercase(), system.condition.name().to_owned()));
    Ok(Json(HealthView { status: if fine { "well" } else { "troubled" }.to_owned(), systems: systems.collect() }))
}

/// `status` is `well` when nothing needs a person's look.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HealthView {
    /// `well` or `troubled`.
    pub status: String,
    /// Of each system: `well`, `unused` (nothing was sent since the start), `off` (not connected), `troubled` (refused
    /// something, has dead letters, or something stood in for it), `rests` (out of reach) or `locked` (refuses our
    /// credentials).
    pub systems: BTreeMap<String, String>,
}
