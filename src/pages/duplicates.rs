//! Members that may be one person, for people: merge them, or keep them apart, with a reason.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use minijinja::context;
use serde::Deserialize;

use super::{
    session::Visitor,
    view::{self, moment},
};
use crate::{
    service::{App, duplicates},
    web::body::Form,
};

const PAIRS: usize = 50;

#[derive(Deserialize)]
pub struct PairsQuery {
    #[serde(default)]
    after: String,
}

pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(PairsQuery { after }): Query<PairsQuery>,
) -> Result<Response, Response> {
    let zone = view::zone(&app, &visitor.brand);
    let (pairs, next) = duplicates::page(&app, &visitor.brand, &after, PAIRS).await.map_err(view::problem)?;
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
pub struct PairForm {
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
    Form(form): Form<PairForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    duplicates::merge(&app, visitor.origin(), &form.pair, form.keep, &form.reason).await.map_err(view::problem)?;
    Ok(Redirect::to("/duplicates").into_response())
}

pub async fn apart(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(form): Form<PairForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    duplicates::keep_apart(&app, visitor.origin(), &form.pair, &form.reason).await.map_err(view::problem)?;
    Ok(Redirect::to("/duplicates").into_response())
}
