//! What waits for a person: facts that nobody could decide, kept whole.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{auth::Caller, problem::Problem};
use crate::app::App;

/// A fact that waits.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ParkedView {
    pub source: String,
    pub id: String,
    pub number: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_id: Option<String>,
    /// Why it waits, in words.
    pub reason: String,
    #[schema(value_type = Object)]
    pub content: Value,
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ParkedList {
    pub parked: Vec<ParkedView>,
}

const AT_MOST: usize = 500;

/// What waits for a person, oldest first
#[utoipa::path(get, path = "/v1/parked", tag = "operations",
    security(("key" = ["admin"])),
    responses((status = 200, body = ParkedList)))]
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<ParkedList>, Problem> {
    let rows = app.store.parked(&caller.brand, AT_MOST).await?;
    let parked = rows.into_iter().map(|row| ParkedView {
        source: row.source,
        id: row.id,
        number: row.number,
        member_id: row.member,
        reason: row.reason,
        content: row.content,
        recorded_at: row.recorded_at,
    });
    Ok(Json(ParkedList { parked: parked.collect() }))
}

/// Which one.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Which {
    pub source: String,
    pub id: String,
    pub number: Option<u32>,
}

/// A person has dealt with it
#[utoipa::path(delete, path = "/v1/parked", tag = "operations",
    security(("key" = ["admin"])),
    params(Which),
    responses((status = 204), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn dismiss(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Result<StatusCode, Problem> {
    let gone = app.store.unpark(&caller.brand, &which.source, &which.id, which.number.unwrap_or(0)).await?;
    if gone { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found(format!("parked fact `{}`", which.id))) }
}
