//! `/v1/deliveries`: dead letters, and sending them again.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;

use crate::{
    access::Caller,
    intake::{problem::Problem, replay::ReplayBody},
    service::{
        App,
        deliveries::{self, DeadLetters, Replayed},
    },
    web::body::Body,
};

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DeliveriesQuery {
    /// Only `dead` exists so far.
    pub state: Option<String>,
    pub limit: Option<usize>,
}

/// Deliveries that wait for a person
#[utoipa::path(get, path = "/v1/deliveries", tag = "operations",
    security(("key" = ["admin"])),
    params(DeliveriesQuery),
    responses((status = 200, body = DeadLetters)))]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<DeliveriesQuery>,
) -> Result<Json<DeadLetters>, Problem> {
    deliveries::list(&app, &caller.brand, query.state.as_deref(), query.limit).await.map(Json)
}

/// Send dead letters again
#[utoipa::path(post, path = "/v1/deliveries/replay", tag = "operations",
    security(("key" = ["admin"])),
    request_body = ReplayBody,
    responses((status = 200, body = Replayed)))]
pub async fn replay(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<ReplayBody>,
) -> Result<Json<Replayed>, Problem> {
    let (id, destination) = body.checked()?;
    Ok(Json(deliveries::replay(&app, &caller.brand, id, destination).await?))
}
