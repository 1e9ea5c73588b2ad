//! What waits for a person, for people: why, of whom, and buttons to try it again or to take it off the list.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use minijinja::{Value, context};
use serde::Deserialize;

use super::{
    session::Visitor,
    view::{self, moment},
};
use crate::{
    service::{App, page::PageQuery, parked},
    store::parked::ParkedName,
    web::body::Form,
};

const FACTS: usize = 50;

#[derive(Deserialize)]
pub struct WaitingQuery {
    after: Option<String>,
}

pub async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(WaitingQuery { after }): Query<WaitingQuery>,
) -> Result<Response, Response> {
    let zone = view::zone(&app, &visitor.brand);
    let query = PageQuery { limit: Some(FACTS), cursor: after };
    let list = parked::list(&app, &visitor.brand, &query).await.map_err(view::problem)?;
    let facts = list.parked.into_iter().map(|fact| {
        context! { source => fact.source, id => fact.id, number => fact.number, member => fact.member_id, reason => fact.reason,
        since => moment(fact.recorded_at, &zone), can_continue => fact.can_continue }
    });
    let facts: Vec<Value> = facts.collect();
    Ok(view::page(
        "waiting.html",
        context! { csrf => visitor.csrf, here => "waiting", facts, first => query.cursor.is_none(), next => list.next },
    ))
}

#[derive(Deserialize)]
pub struct FactForm {
    csrf: String,
    source: String,
    id: String,
    #[serde(default)]
    number: u32,
}

pub async fn go_on(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(form): Form<FactForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    let name = ParkedName { brand: visitor.brand.clone(), source: form.source, id: form.id };
    parked::go_on(&app, &visitor.caller, &name).await.map_err(view::problem)?;
    Ok(Redirect::to("/waiting").into_response())
}

pub async fn dismiss(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(form): Form<FactForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    parked::dismiss(&app, &visitor.brand, &form.source, &form.id, form.number).await.map_err(view::problem)?;
    Ok(Redirect::to("/waiting").into_response())
}
