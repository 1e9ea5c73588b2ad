//! Is it alive, can it serve. Open to everybody, tells nothing about anybody.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{
    intake::problem::Problem,
    service::{
        App,
        health::{self, HealthView},
    },
};

/// The process answers
#[utoipa::path(get, path = "/health/live", tag = "operations", security(()), responses((status = 200, body = Object)))]
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "live", "version": env!("CARGO_PKG_VERSION") }))
}

/// The writer and the store answer, the clock can be trusted, and there is a programme
#[utoipa::path(get, path = "/health/ready", tag = "operations", security(()), responses((status = 200, body = Object), (status = 503, body = Problem)))]
pub async fn ready(State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    let number = health::ready(&app).await?;
    Ok(Json(json!({ "status": "ready", "programme": format!("v{number}") })))
}

/// How the ledger and the systems around it are doing, a word each
#[utoipa::path(get, path = "/health", tag = "operations", security(()), responses((status = 200, body = HealthView)))]
pub async fn health(State(app): State<Arc<App>>) -> Result<Json<HealthView>, Problem> {
    Ok(Json(health::health(&app).await?))
}
