//! Dead letters for people: why each waits, and a button to send it again.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use minijinja::context;
use serde::Deserialize;

use super::{session::Visitor, view};
use crate::{
    service::{App, deliveries},
    web::body::Form,
};

const LETTERS: usize = 200;

#[derive(Deserialize)]
pub struct ReplayForm {
    csrf: String,
    id: String,
}

pub async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Response> {
    let letters = app.store.dead_letters(&visitor.brand, LETTERS).await.map_err(view::trouble)?;
    let letters: Vec<_> = letters
        .into_iter()
        .map(|letter| {
            context! { id => letter.id, destination => letter.destination, member => letter.member_id,
            state => letter.state, attempts => letter.attempts, problem => letter.problem }
        })
        .collect();
    Ok(view::page("deliveries.html", context! { csrf => visitor.csrf, here => "deliveries", letters, most => LETTERS }))
}

pub async fn replay(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(form): Form<ReplayForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    deliveries::replay(&app, &visitor.brand, Some(form.id), None).await.map_err(view::trouble)?;
    Ok(Redirect::to("/deliveries").into_response())
}
