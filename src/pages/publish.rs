//! Versions of the programme for people: what waits for a second person, and who made which version.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use minijinja::{Value, context};
use serde::Deserialize;

use super::{
    session::Visitor,
    view::{self, moment},
};
use crate::{
    service::{App, publishing},
    web::body::Form,
};

pub async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Response> {
    let zone = view::zone(&app, &visitor.brand);
    let waits = publishing::waiting(&app, &visitor.brand).await.map_err(view::problem)?;
    let waits = waits.map(|waits| {
        let mine = waits.asked_by == visitor.caller.name;
        context! { fingerprint => waits.fingerprint, live => waits.live, by => waits.asked_by, mine,
        since => moment(waits.asked_at, &zone), changes => waits.changes }
    });
    let versions = publishing::versions(&app, &visitor.brand).await.map_err(view::problem)?.versions;
    let versions: Vec<Value> = versions
        .into_iter()
        .map(|one| {
            let since = moment(one.effective_at, &zone);
            context! { version => one.version, since, by => one.by, agreed => one.agreed, changes => one.changes }
        })
        .collect();
    Ok(view::page("publish.html", context! { csrf => visitor.csrf, here => "publish", waits, versions }))
}

#[derive(Deserialize)]
pub struct DraftForm {
    csrf: String,
    fingerprint: String,
}

pub async fn agree(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(form): Form<DraftForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    publishing::agree(&app, &visitor.caller, &form.fingerprint).await.map_err(view::problem)?;
    Ok(Redirect::to("/publish").into_response())
}

pub async fn withdraw(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Form(form): Form<DraftForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    publishing::withdraw(&app, &visitor.brand, &form.fingerprint).await.map_err(view::problem)?;
    Ok(Redirect::to("/publish").into_response())
}
