//! `POST /v1/clock/confirm`: a person says that a clock that seems to have jumped is right.

use std::sync::Arc;

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Serialize;

use crate::{access::Caller, intake::problem::Problem, service::App};

/// What the clock says, and what was doubtful about it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Confirmed {
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
    /// Why nothing was written until now; nothing when nothing was wrong.
    pub doubt: Option<String>,
}

/// Confirm that the clock is right
#[utoipa::path(post, path = "/v1/clock/confirm", tag = "operations", security(("key" = ["admin"])),
    responses((status = 200, body = Confirmed), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn confirm(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Confirmed>, Problem> {
    let doubt = app.clock.doubt();
    app.clock.confirm();
    let now = app.clock.now();
    tracing::warn!(key = caller.key_id, "the clock was confirmed: it is {now}");
    Ok(Json(Confirmed { now, doubt }))
}
