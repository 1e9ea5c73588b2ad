//! Is it alive, can it serve. Open to everybody, tells nothing about anybody.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::problem::Problem;
use crate::app::App;

/// The process answers
#[utoipa::path(get, path = "/health/live", tag = "operations", security(()), responses((status = 200, body = Object)))]
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "live", "version": env!("CARGO_PKG_VERSION") }))
}

/// The store answers and there is a programme
#[utoipa::path(get, path = "/health/ready", tag = "operations", security(()), responses((status = 200, body = Object), (status = 503, body = Problem)))]
pub async fn ready(State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    app.store.keys().await?;
    let brand = &app.settings.server.brand;
    let live =
        app.programmes.of(brand).ok_or_else(|| Problem::unavailable(format!("Brand {brand} has no programme yet")))?;
    Ok(Json(json!({ "status": "ready", "programme": format!("v{}", live.live().number) })))
}
