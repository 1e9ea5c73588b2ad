//! Dead letters: what waits for a person, and sending it again under the same key.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
};
use serde::{Deserialize, Serialize};

use super::body::Body;
use crate::{
    access::Caller,
    intake::{GivenId, fields::optional, problem::Problem},
    service::App,
    store::DeadLetter,
};

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only `dead` exists so far.
    pub state: Option<String>,
    pub limit: Option<usize>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeadLetters {
    pub deliveries: Vec<DeadLetter>,
}

/// Deliveries that wait for a person
#[utoipa::path(get, path = "/v1/deliveries", tag = "operations",
    security(("key" = ["admin"])),
    params(Filter),
    responses((status = 200, body = DeadLetters)))]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Json<DeadLetters>, Problem> {
    if filter.state.as_deref().is_some_and(|state| state != "dead") {
        return Err(Problem::invalid_field("/state", "only state=dead can be listed"));
    }
    let limit = filter.limit.unwrap_or(100).clamp(1, 1000);
    Ok(Json(DeadLetters { deliveries: app.store.dead_letters(&caller.brand, limit).await? }))
}

/// Which dead letters to send again: one, those of one destination, or (with neither) all.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayBody {
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>)]
    pub id: Option<GivenId>,
    pub destination: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Replayed {
    pub replayed: usize,
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
    let mut errors = Vec::new();
    let id = body.id.map(|id| id.known("/id", &mut errors));
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let replayed = app.store.replay(&caller.brand, id, body.destination, app.clock.now()).await?;
    app.news.ring();
    Ok(Json(Replayed { replayed }))
}
