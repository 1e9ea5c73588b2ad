//! Trying it out: a sample purchase of a test member, sent like a shop would, and taken back like a shop would.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{session::Visitor, view};
use crate::{
    ids,
    intake::{GivenId, fields::parse_value, order::OrderBody, problem::Problem},
    loyalty::order::Revision,
    service::App,
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
    let order = ids::fresh("test");
    let order = format!("test-{}", &order[order.len() - 10..]); // the random end
    let member = form.member.trim();
    let member =
        if member.is_empty() { format!("test-{}", &order[order.len() - 6..]) } else { format!("test-{member}") };
    let body = purchase(&app, &member, 1, "paid");
    submit(&app, &visitor.brand, &order, body).await
}

pub async fn take_back(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(form): Form<TakeBackForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    let order = app.store.order(&visitor.brand, &form.order).await.map_err(view::trouble)?;
    let order = order.ok_or_else(|| view::not_found("order"))?;
    let known = app.store.member(&visitor.brand, &order.member).await.map_err(view::trouble)?;
    let test = known.as_ref().is_some_and(|known| known.member.test);
    let (Some(member), Revision::Number(revision), true) =
        (known.and_then(|known| known.person.external_id), order.state.revision, test)
    else {
        return Err(view::message(StatusCode::CONFLICT, "Not a try", "Only sample purchases can be taken back here."));
    };
    let mut body = purchase(&app, &member, revision + 1, "cancelled");
    body["placed_at"] = json!(order.state.placed_at);
    submit(&app, &visitor.brand, &order.id, body).await
}

/// The purchase of the README: running shoes for 89.90.
fn purchase(app: &App, member: &str, revision: i64, status: &str) -> Value {
    let currency =
        app.programmes.of(&app.settings.server.brand).map(|live| live.live().programme.settings.currency.clone());
    json!({
        "member": {"external_id": member, "email": format!("{member}@example.com"), "name": "Test member"},
        "status": status, "revision": revision, "placed_at": app.clock.now(),
        "currency": currency.unwrap_or_else(|| "EUR".to_owned()), "channel": "console",
        "lines": [{"id": "1", "sku": "RUN-42", "name": "Trail runner", "category": "sport/shoes/running", "quantity": 1,
                   "unit_price": "89.90"}]
    })
}

async fn submit(app: &App, brand: &str, order: &str, body: Value) -> Result<Response, Response> {
    let failed = |problem: Problem| view::message(StatusCode::UNPROCESSABLE_ENTITY, &problem.title, &problem.detail);
    let id = GivenId::from(order.to_owned());
    let incoming = parse_value::<OrderBody>(body, "").and_then(|body| body.incoming(&app.reader(), brand, &id, true));
    let incoming = incoming.map_err(|unread| failed(unread.into()))?;
    app.writer.accept(incoming).await.map_err(|error| failed(error.into()))?;
    Ok(Redirect::to(&format!("/?sample={order}")).into_response())
}
