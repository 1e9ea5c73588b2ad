//! `GET /metrics`: how much is sold is no public matter, so a key with the scope `metrics` is needed.

use std::sync::Arc;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{access::Caller, intake::problem::Problem, service::App};

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counts, times and what waits, for Prometheus
#[utoipa::path(get, path = "/metrics", tag = "operations", security(("key" = ["metrics"])),
    responses((status = 200, body = String, content_type = "application/openmetrics-text"),
              (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn get(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    let text = app.metrics.text(&app, &caller.brand).await?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}
