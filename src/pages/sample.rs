//! Trying it out: the two forms of a sample purchase.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{session::Visitor, view};
use crate::{
    service::{App, sample},
    web::body::Form,
};

#[derive(Deserialize)]
pub struct SampleForm {
    csrf: String,
    /// A customer number; empty = a new test member.
    #[serde(default)]
    member: String,
}

#[derive(Deserialize)]
pub struct TakeBackForm {
    csrf: String,
    order: String,
}

pub async fn send(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(form): Form<SampleForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    let order = sample::send(&app, &visitor.brand, form.member.trim()).await.map_err(view::problem)?;
    Ok(shown(&order))
}

pub async fn take_back(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(form): Form<TakeBackForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    let order = app.store.order(&visitor.brand, &form.order).await.map_err(view::trouble)?;
    let order = order.ok_or_else(|| view::not_found("order"))?;
    if sample::take_back(&app, &visitor.brand, &order).await.map_err(view::problem)? {
        return Ok(shown(&order.id));
    }
    Err(view::message(StatusCode::CONFLICT, "Not a try", "Only sample purchases can be taken back here."))
}

/// The console, with what became of the order.
fn shown(order: &str) -> Response {
    Redirect::to(&format!("/?sample={order}")).into_response()
}
