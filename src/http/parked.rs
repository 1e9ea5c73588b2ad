//! `/v1/parked`: what waits for a person.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use serde::Deserialize;

use crate::{
    access::Caller,
    intake::problem::Problem,
    service::{
        App,
        page::PageQuery,
        parked::{self, ParkedList},
    },
};

/// What waits for a person, oldest first; the reason of points by hand is told in words
#[utoipa::path(get, path = "/v1/parked", tag = "operations",
    security(("key" = ["admin"])),
    params(PageQuery), responses((status = 200, body = ParkedList)))]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<ParkedList>, Problem> {
    parked::list(&app, &caller.brand, &page).await.map(Json)
}

/// Which one.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ParkedQuery {
    pub source: String,
    pub id: String,
    pub number: Option<u32>,
}

/// A person has dealt with it
#[utoipa::path(delete, path = "/v1/parked", tag = "operations",
    security(("key" = ["admin"])),
    params(ParkedQuery),
    responses((status = 204), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn dismiss(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(ParkedQuery { source, id, number }): Query<ParkedQuery>,
) -> Result<StatusCode, Problem> {
    parked::dismiss(&app, &caller.brand, &source, &id, number.unwrap_or(0)).await?;
    Ok(StatusCode::NO_CONTENT)
}
