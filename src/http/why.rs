//! `GET /v1/entries/{id}/why`, `/v1/orders/{id}/why`, `/v1/events/{source}/{id}/why`: in the member's language.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;

use crate::{
    access::Caller,
    intake::problem::Problem,
    service::{
        App,
        why::{
            Language, Why,
            whole::{self, WholeWhy},
            why,
        },
    },
};

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct LanguageQuery {
    /// `en`, `et`, `ru` or `uk`; the member's own when left out.
    pub language: Option<String>,
}

/// Why an entry says what it says
#[utoipa::path(get, path = "/v1/entries/{id}/why", tag = "members",
    security(("key" = ["members"])),
    params(("id" = String, Path), LanguageQuery),
    responses((status = 200, body = Why), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<LanguageQuery>,
) -> Result<Json<Why>, Problem> {
    let programmes = app.programmes_of(&caller.brand)?;
    let why = why(&app.store, &programmes, &caller.brand, &id, query.checked()?).await?;
    why.map(Json).ok_or_else(|| Problem::not_found(format!("entry `{id}`")))
}

impl LanguageQuery {
    fn checked(self) -> Result<Language, Problem> {
        Language::read(self.language).map_err(|detail| Problem::invalid_field("/language", detail))
    }
}

/// Why an order gave what it gave, or nothing
#[utoipa::path(get, path = "/v1/orders/{order_id}/why", tag = "orders", security(("key" = ["orders"])),
    params(("order_id" = String, Path), LanguageQuery),
    responses((status = 200, body = WholeWhy), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn of_order(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(order_id): Path<String>,
    Query(query): Query<LanguageQuery>,
) -> Result<Json<WholeWhy>, Problem> {
    let programmes = app.programmes_of(&caller.brand)?;
    let why = whole::order(&app.store, &programmes, &caller.brand, &order_id, query.checked()?).await?;
    why.map(Json).ok_or_else(|| Problem::not_found(format!("order `{order_id}`")))
}

/// Why an event gave what it gave, or nothing
#[utoipa::path(get, path = "/v1/events/{source}/{id}/why", tag = "events", security(("key" = ["members"])),
    params(("source" = String, Path), ("id" = String, Path), LanguageQuery),
    responses((status = 200, body = WholeWhy), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn of_event(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((source, id)): Path<(String, String)>,
    Query(query): Query<LanguageQuery>,
) -> Result<Json<WholeWhy>, Problem> {
    let programmes = app.programmes_of(&caller.brand)?;
    let why = whole::event(&app.store, &programmes, &caller.brand, (&source, &id), query.checked()?).await?;
    why.map(Json).ok_or_else(|| Problem::not_found(format!("event `{id}` of `{source}`")))
}
