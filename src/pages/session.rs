//! A login's cookie, and the visitor who shows it. The cookie is bound to this host and to https (`__Host-`): no script, no
//! other site and no other host of the domain gets it. Browsers take it over plain http from their own machine too.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use subtle::ConstantTimeEq;

use super::view;
use crate::{
    access::{Caller, LASTS, Sessions},
    intake::incoming::Origin,
    service::App,
};

const COOKIE: &str = "__Host-loyalty_session";

/// The token in a request's cookie.
pub fn token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// The cookie's header; with an empty token the browser forgets it.
pub fn cookie(token: &str) -> String {
    let age = if token.is_empty() { 0 } else { LASTS.as_secs() };
    format!("{COOKIE}={token}; HttpOnly; Secure; SameSite=Strict; Path=/; Max-Age={age}")
}

/// Somebody who is logged in. Without a session the answer is the way to the login.
pub struct Visitor {
    pub brand: String,
    /// Goes into every form.
    pub csrf: String,
    /// Whoever holds the key of the login.
    pub caller: Caller,
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let login = || Redirect::to("/login").into_response();
        let sessions = parts.extensions.get::<Sessions>().ok_or_else(login)?;
        let token = token(&parts.headers).ok_or_else(login)?;
        let session = sessions.find(token, app.clock.now()).ok_or_else(login)?;
        let key = app.store.key(&session.key_id).await.map_err(view::trouble)?;
        let Some(key) = key.filter(|key| key.revoked_at.is_none()) else {
            sessions.close(token);
            return Err(login());
        };
        Ok(Self { brand: session.brand, csrf: session.csrf, caller: Caller::from(key) })
    }
}

impl Visitor {
    /// Where what is done on a page comes from.
    pub fn origin(&self) -> Origin<'_> {
        Origin { brand: &self.brand, name: "console" }
    }

    /// Refuses a form that was not made for this session.
    pub fn check(&self, token: &str) -> Result<(), Response> {
        let same: bool = self.csrf.as_bytes().ct_eq(token.as_bytes()).into();
        let refused = || {
            view::message(StatusCode::FORBIDDEN, "This form is out of date", "Go back, reload the page, and try again.")
        };
        if same { Ok(()) } else { Err(refused()) }
    }
}
