//! Members that may be one person, for people: merge them, or keep them apart, with a reason.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use minijinja::context;
use serde::Deserialize;

use super::{
    session::Visitor,
    view::{self, moment},
};
use crate::{
    intake::problem::Problem,
    service::{App, duplicates},
    web::body::Form,
};

const PAIRS: usize = 50;

#[derive(Deserialize)]
pub struct After {
    #[serde(default)]
    after: String,
}

pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(After { after }): Query<After>,
) -> Result<Response, Response> {
    let zone = view::zone(&app, &visitor.brand);
    let (pairs, next) = duplicates::page(&app, &visitor.brand, &after, PAIRS).await.map_err(failed)?;
    let pairs: Vec<_> = pairs
        .into_iter()
        .map(|pair| {
            let members: Vec<_> = pair
                .members
                .into_iter()
                .map(|one| {
                    context! { id => one.id, name => one.name, external_id => one.external_id,
                    joined => moment(one.joined_at, &zone), available => one.available }
                })
                .collect();
            context! { id => pair.id, kind => pair.kind, since => moment(pair.recorded_at, &zone), members }
        })
        .collect();
    Ok(view::page("duplicates.html", context! { csrf => visitor.csrf, here => "duplicates", pairs, next }))
}

#[derive(Deserialize)]
pub struct Word {
    csrf: String,
    /// `mem_a:mem_b`
    pair: String,
    #[serde(default)]
    keep: String,
    reason: String,
}

pub async fn merge(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(word): Form<Word>,
) -> Result<Response, Response> {
    visitor.check(&word.csrf)?;
    duplicates::merge(&app, visitor.origin(), &word.pair, word.keep, &word.reason).await.map_err(failed)?;
    Ok(Redirect::to("/duplicates").into_response())
}

pub async fn apart(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(word): Form<Word>,
) -> Result<Response, Response> {
    visitor.check(&word.csrf)?;
    duplicates::keep_apart(&app, visitor.origin(), &word.pair, &word.reason).await.map_err(failed)?;
    Ok(Redirect::to("/duplicates").into_response())
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn failed(problem: Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    view::message(status, &problem.title, &problem.detail)
}
