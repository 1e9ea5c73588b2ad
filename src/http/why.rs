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
    programme::{LANGUAGES, Programmes},
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
pub struct In {
    /// `en`, `et`, `ru` or `uk`; the member's own when left out.
    pub language: Option<String>,
}

/// Why an entry says what it says
#[utoipa::path(get, path = "/v1/entries/{id}/why", tag = "members",
    security(("key" = ["members"])),
    params(("id" = String, Path), In),
    responses((status = 200, body = Why), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    Query(asked): Query<In>,
) -> Result<Json<Why>, Problem> {
    let programmes = programmes(&app, &caller)?;
    let why = why(&app.store, &programmes, &caller.brand, &id, asked.checked()?).await?;
    why.map(Json).ok_or_else(|| Problem::not_found(format!("entry `{id}`")))
}

fn programmes(app: &App, caller: &Caller) -> Result<Programmes, Problem> {
    app.programmes.of(&caller.brand).ok_or_else(|| Problem::unavailable("The brand has no programme yet"))
}

impl In {
    fn checked(self) -> Result<Language, Problem> {
        match self.language {
            Some(unknown) if !LANGUAGES.contains(&unknown.as_str()) => {
                let detail = format!("`{unknown}` is none of {}", LANGUAGES.join(", "));
                Err(Problem::invalid_field("/language", detail))
            }
            language => Ok(Language(language)),
        }
    }
}

/// Why an order gave what it gave, or nothing
#[utoipa::path(get, path = "/v1/orders/{order_id}/why", tag = "orders", security(("key" = ["orders"])),
    params(("order_id" = String, Path), In),
    responses((status = 200, body = WholeWhy), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn of_order(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(order_id): Path<String>,
    Query(asked): Query<In>,
) -> Result<Json<WholeWhy>, Problem> {
    let programmes = programmes(&app, &caller)?;
    let why = whole::order(&app.store, &programmes, &caller.brand, &order_id, asked.checked()?).await?;
    why.map(Json).ok_or_else(|| Problem::not_found(format!("order `{order_id}`")))
}

/// Why an event gave what it gave, or nothing
#[utoipa::path(get, path = "/v1/events/{source}/{id}/why", tag = "events", security(("key" = ["members"])),
    params(("source" = String, Path), ("id" = String, Path), In),
    responses((status = 200, body = WholeWhy), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn of_event(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((source, id)): Path<(String, String)>,
    Query(asked): Query<In>,
) -> Result<Json<WholeWhy>, Problem> {
    let programmes = programmes(&app, &caller)?;
    let why = whole::event(&app.store, &programmes, &caller.brand, (&source, &id), asked.checked()?).await?;
    why.map(Json).ok_or_else(|| Problem::not_found(format!("event `{id}` of `{source}`")))
}
