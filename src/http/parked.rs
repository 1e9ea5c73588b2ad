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
        parked::{self, Continued, ParkedList, ParkedName},
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

/// Which one.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct NameQuery {
    pub source: String,
    pub id: String,
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

/// Try again what waits: a reward or a code that could not be given
///
/// There is stock again, the member is on hold no more, the offer is there: the member gets it, once, and it waits no longer.
#[utoipa::path(post, path = "/v1/parked/continue", tag = "operations",
    security(("key" = ["admin"])),
    params(NameQuery),
    responses((status = 200, body = Continued), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn go_on(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(NameQuery { source, id }): Query<NameQuery>,
) -> Result<Json<Continued>, Problem> {
    let name = ParkedName { brand: caller.brand.clone(), source, id };
    parked::go_on(&app, &caller, &name).await.map(Json)
}
