//! Members, found by what somebody types.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::Response,
};
use minijinja::context;
use serde::Deserialize;

use super::{session::Visitor, view};
use crate::service::{App, search::search};

const HITS: usize = 50;

#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
}

pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(query): Query<Search>,
) -> Result<Response, Response> {
    let hits = search(&app, &visitor.brand, query.q.trim(), HITS).await.map_err(view::trouble)?;
    let hits: Vec<_> = hits
        .into_iter()
        .map(|hit| context! { id => hit.id, name => hit.name, email => hit.email, external_id => hit.external_id })
        .collect();
    Ok(view::page(
        "members.html",
        context! { csrf => visitor.csrf, here => "members", q => query.q, hits, most => HITS },
    ))
}
