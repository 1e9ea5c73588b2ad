//! `POST /v1/clock/confirm`.

use std::sync::Arc;

use axum::{Json, extract::State};

use crate::{
    access::Caller,
    intake::problem::Problem,
    service::{
        App,
        clock::{self, Confirmed},
    },
};

/// Confirm that the clock is right
#[utoipa::path(post, path = "/v1/clock/confirm", tag = "operations", security(("key" = ["admin"])),
    responses((status = 200, body = Confirmed), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn confirm(State(app): State<Arc<App>>, caller: Caller) -> Json<Confirmed> {
    Json(clock::confirm(&app, &caller))
}
