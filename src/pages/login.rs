//! Login by key: whoever holds an administrator's key may look.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use minijinja::context;
use serde::Deserialize;

use super::{
    session::{Sessions, Visitor, cookie},
    view,
};
use crate::{app::App, inbound::body::Form};

#[derive(Deserialize)]
pub struct LoginForm {
    key: String,
}

#[derive(Deserialize)]
pub struct LogoutForm {
    csrf: String,
}

pub async fn page() -> Response {
    form("")
}

fn form(problem: &str) -> Response {
    view::page("login.html", context! { problem, csrf => "", here => "" })
}

pub async fn enter(
    State(app): State<Arc<App>>,
    Extension(sessions): Extension<Sessions>,
    headers: HeaderMap,
    Form(login): Form<LoginForm>,
) -> Response {
    let now = app.clock.now();
    if !sessions.may_try(now) {
        let problem = form("Too many wrong keys. Wait a minute and try again.");
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")], problem).into_response();
    }
    match app.keys.caller(&app.store, app.clock.as_ref(), login.key.trim()).await {
        Ok(Some(caller)) if caller.may("admin") => {
            let cookie = cookie(&sessions.open(&caller, now), &headers);
            ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Ok(_) => {
            sessions.wrong_key(now);
            let problem =
                form("This is not a key with the scope admin. The first one is in admin.key in the data folder.");
            (StatusCode::UNAUTHORIZED, problem).into_response()
        }
        Err(error) => view::trouble(error),
    }
}

pub async fn leave(
    visitor: Visitor,
    Extension(sessions): Extension<Sessions>,
    headers: HeaderMap,
    Form(form): Form<LogoutForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    sessions.close(&headers);
    Ok(([(header::SET_COOKIE, cookie("", &headers))], Redirect::to("/login")).into_response())
}
