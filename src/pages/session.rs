//! Logins: a random token in a cookie, known here only by its hash, bound to the key it was opened with. It ends after
//! twelve hours, at logout, and when the key is revoked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

use super::view;
use crate::{app::App, ids, inbound::auth::Caller};

/// All open sessions. Cloning shares them.
#[derive(Clone, Default)]
pub struct Sessions(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    /// By the SHA-256 of the cookie's token.
    open: HashMap<String, Session>,
    /// Instants of the last wrong keys.
    failures: VecDeque<Timestamp>,
}

#[derive(Clone)]
struct Session {
    key_id: String,
    brand: String,
    csrf: String,
    until: Timestamp,
}

const LASTS: SignedDuration = SignedDuration::from_hours(12);
const OPEN: usize = 1000;
const COOKIE: &str = "loyalty_session";
/// Wrong keys in a minute before everybody has to wait.
const WRONG: usize = 10;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

impl Sessions {
    /// Opens a session and returns the cookie's token.
    pub fn open(&self, caller: &Caller, now: Timestamp) -> String {
        let token = hex::encode(ids::secret());
        let until = now.saturating_add(LASTS).unwrap_or(now);
        let csrf = hex::encode(ids::secret());
        let session = Session { key_id: caller.key_id.clone(), brand: caller.brand.clone(), csrf, until };
        let mut book = self.book();
        book.open.retain(|_, session| session.until > now);
        if book.open.len() >= OPEN {
            book.open.clear(); // everybody logs in again; better than growing
        }
        book.open.insert(ids::sha256_hex(token.as_bytes()), session);
        token
    }

    pub fn close(&self, headers: &HeaderMap) {
        if let Some(token) = token(headers) {
            self.book().open.remove(&ids::sha256_hex(token.as_bytes()));
        }
    }

    /// Whether another key may be tried now.
    pub fn may_try(&self, now: Timestamp) -> bool {
        let mut book = self.book();
        book.failures.retain(|at| now.duration_since(*at) < MINUTE);
        book.failures.len() < WRONG
    }

    pub fn wrong_key(&self, now: Timestamp) {
        self.book().failures.push_back(now);
    }

    fn find(&self, headers: &HeaderMap, now: Timestamp) -> Option<Session> {
        let hash = ids::sha256_hex(token(headers)?.as_bytes());
        self.book().open.get(&hash).filter(|session| session.until > now).cloned()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// The cookie's header. Scripts and other sites never get it; over https it stays there.
pub fn cookie(token: &str, headers: &HeaderMap) -> String {
    let secure = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let (age, secure) = (if token.is_empty() { 0 } else { LASTS.as_secs() }, if secure { "; Secure" } else { "" });
    format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age}{secure}")
}

/// Somebody who is logged in. Without a session the answer is the way to the login.
pub struct Visitor {
    pub brand: String,
    /// Goes into every form.
    pub csrf: String,
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let login = || Redirect::to("/login").into_response();
        let sessions = parts.extensions.get::<Sessions>().ok_or_else(login)?;
        let session = sessions.find(&parts.headers, app.clock.now()).ok_or_else(login)?;
        let key = app.store.key(&session.key_id).await.map_err(view::trouble)?;
        if key.is_none_or(|key| key.revoked_at.is_some()) {
            sessions.close(&parts.headers);
            return Err(login());
        }
        Ok(Self { brand: session.brand, csrf: session.csrf })
    }
}

impl Visitor {
    /// Refuses a form that was not made for this session.
    pub fn check(&self, token: &str) -> Result<(), Response> {
        let same: bool = self.csrf.as_bytes().ct_eq(token.as_bytes()).into();
        let refused = || {
            view::message(StatusCode::FORBIDDEN, "This form is out of date", "Go back, reload the page, and try again.")
        };
        if same { Ok(()) } else { Err(refused()) }
    }
}
