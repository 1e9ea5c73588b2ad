//! What waits for a person: facts that nobody could decide, kept whole.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    access::Caller,
    intake::problem::Problem,
    service::{
        App, approve,
        page::{Page, PageQuery},
    },
    store::parked::ParkedPlace,
};

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

/// A page of what waits. `next` continues; `null` = that was all.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ParkedList {
    pub parked: Vec<ParkedView>,
    pub next: Option<String>,
}

/// A place in the list as text that nobody takes apart.
fn cursor(place: &ParkedPlace) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

fn place(cursor: Option<&str>) -> Result<ParkedPlace, Problem> {
    let Some(cursor) = cursor else { return Ok(ParkedPlace::default()) };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let place = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    place.ok_or_else(|| Problem::invalid_field("/cursor", "is not one that `next` gave"))
}

/// What waits for a person, oldest first; the reason of points by hand is told in words
#[utoipa::path(get, path = "/v1/parked", tag = "operations",
    security(("key" = ["admin"])),
    params(PageQuery), responses((status = 200, body = ParkedList)))]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<ParkedList>, Problem> {
    let (limit, after) = (page.limit(), place(page.cursor.as_deref())?);
    let rows = app.store.parked(&caller.brand, after, limit + 1).await?;
    let Page { items, next } = Page::cut(rows, limit, |row| cursor(&row.place()));
    let mut parked = Vec::with_capacity(items.len());
    for mut row in items {
        if let Some(reason) = approve::reason_in_words(&app, &row).await? {
            row.content["reason"] = reason.into();
        }
        parked.push(ParkedView {
            source: row.source,
            id: row.id,
            number: row.number,
            member_id: row.member,
            reason: row.reason,
            content: row.content,
            recorded_at: row.recorded_at,
        });
    }
    Ok(Json(ParkedList { parked, next }))
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
