//! What people look at: console, members, mailbox, dead letters, and the pages of errors. Rendered here, no build step.
//! Guarantees: without a login no data; every form carries a token of its session; everything shown is escaped.

mod challenges;
mod claims;
mod console;
mod deliveries;
mod duplicates;
mod errors;
mod forecast;
mod login;
mod mailbox;
mod member;
mod members;
mod parked;
mod publish;
mod sample;
mod session;
mod begin;
mod view;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::{get, post},
};

use crate::{access::Sessions, service::App, web::turns::by_turns};

/// Scripts do not exist here, styles and frames are our own.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; \
                      frame-ancestors 'self'; base-uri 'none'";

/// All pages. What reads many rows waits for its turn.
pub fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/", get(console::page))
        .route("/members", get(members::page))
        .route("/members/{id}", get(member::page))
        .route("/forecast", get(forecast::page))
        .route("/forecast.csv", get(forecast::members))
        .route("/publish", get(publish::page))
        .route("/publish/rollback", get(publish::rollback))
        .route("/mailbox", get(mailbox::page))
        .route("/mailbox/{id}", get(mailbox::message))
        .route("/deliveries", get(deliveries::page))
        .route("/waiting", get(parked::page))
        .route_layer(from_fn_with_state(Arc::clone(app), by_turns))
        .route("/login", get(login::page).post(login::enter))
        .route("/logout", post(login::leave))
        .route("/sample", post(sample::send))
        .route("/sample/take-back", post(sample::take_back))
        .route("/deliveries/replay", post(deliveries::replay))
        .route("/waiting/continue", post(parked::go_on))
        .route("/waiting/drop", post(parked::dismiss))
        .route("/duplicates", get(duplicates::page))
        .route("/duplicates/merge", post(duplicates::merge))
        .route("/duplicates/apart", post(duplicates::apart))
        .route("/templates", get(begin::page).post(begin::fill))
        .route("/publish/agree", post(publish::agree))
        .route("/publish/roll-back", post(publish::roll_back))
        .route("/publish/withdraw", post(publish::withdraw))
        .route("/errors/{kind}", get(errors::page))
        .route("/style.css", get(view::style))
        .layer(Extension(Sessions::default()))
        .layer(from_fn(guarded))
}

/// Headers of every page; one that set its own policy keeps it.
async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("x-frame-options"), HeaderValue::from_static("SAMEORIGIN"));
    response
}
