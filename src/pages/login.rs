//! Login by key: whoever holds an administrator's key may look.

use std::{sync::Arc, time::Instant};

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use minijinja::context;
use serde::Deserialize;

use super::{
    session::{self, Visitor, cookie},
    view,
};
use crate::{
    access::{NotLetIn, Sessions},
    service::App,
    web::{
        body::Form,
        peer::{Peer, address},
    },
};

#[derive(Deserialize)]
pub struct LoginForm {
    key: String,
}

#[derive(Deserialize)]
pub struct LogoutForm {
    csrf: String,
}

pub async fn page(headers: HeaderMap) -> Response {
    form(if keeps_cookies(&headers) { "" } else { NOT_HERE })
}

const NOT_HERE: &str =
    "Over plain http a browser keeps nobody logged in, except on the machine itself: open this page by https.";

/// Whether a browser takes a secure cookie here: over https, which the proxy in front says, and from its own machine.
fn keeps_cookies(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = text("host");
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.chars().all(|c| c.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    let local = ["localhost", "127.0.0.1", "[::1]"].contains(&name) || name.ends_with(".localhost");
    local || text("x-forwarded-proto") == "https"
}

fn form(problem: &str) -> Response {
    view::page("login.html", context! { problem, csrf => "", here => "" })
}

pub async fn enter(
    State(app): State<Arc<App>>,
    Extension(sessions): Extension<Sessions>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Form(login): Form<LoginForm>,
) -> Response {
    let from = address(peer.as_deref(), &headers, &app.settings.limits.proxies);
    match app.keys.logging_in(&app.store, Instant::now(), from, login.key.trim()).await {
        Ok(caller) => {
            let cookie = cookie(&sessions.open(&caller, app.clock.now()));
            ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Err(NotLetIn::TooOften { retry_after_seconds }) => {
            let problem = form("Too many keys were tried from your address. Wait a minute and try again.");
            let wait = [(header::RETRY_AFTER, retry_after_seconds.to_string())];
            (StatusCode::TOO_MANY_REQUESTS, wait, problem).into_response()
        }
        Err(NotLetIn::Unknown) => {
            let problem =
                form("This is not a key with the scope admin. The first one is in admin.key in the data folder.");
            (StatusCode::UNAUTHORIZED, problem).into_response()
        }
        Err(NotLetIn::Store(error)) => view::trouble(error),
    }
}

pub async fn leave(
    visitor: Visitor,
    Extension(sessions): Extension<Sessions>,
    headers: HeaderMap,
    Form(form): Form<LogoutForm>,
) -> Result<Response, Response> {
    visitor.check(&form.csrf)?;
    sessions.close(session::token(&headers).unwrap_or_default());
    Ok(([(header::SET_COOKIE, cookie(""))], Redirect::to("/login")).into_response())
}
