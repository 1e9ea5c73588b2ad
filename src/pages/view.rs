//! Rendering: the templates with escaping on, the stylesheet, plain messages, and how instants and amounts are shown.

use std::sync::LazyLock;

use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use jiff::{Timestamp, tz::TimeZone};
use minijinja::{Environment, UndefinedBehavior, Value, context};

use crate::{intake::problem::Problem, service::App, store::StoreError, values::count::noun};

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("noun", |count: i64, one: String| noun(count, &one));
    let sources = [
        ("base.html", include_str!("templates/base.html")),
        ("console.html", include_str!("templates/console.html")),
        ("deliveries.html", include_str!("templates/deliveries.html")),
        ("duplicates.html", include_str!("templates/duplicates.html")),
        ("forecast.html", include_str!("templates/forecast.html")),
        ("login.html", include_str!("templates/login.html")),
        ("mailbox.html", include_str!("templates/mailbox.html")),
        ("member.html", include_str!("templates/member.html")),
        ("members.html", include_str!("templates/members.html")),
        ("message.html", include_str!("templates/message.html")),
        ("problem.html", include_str!("templates/problem.html")),
        ("publish.html", include_str!("templates/publish.html")),
        ("rollback.html", include_str!("templates/rollback.html")),
        ("templates.html", include_str!("templates/templates.html")),
        ("waiting.html", include_str!("templates/waiting.html")),
        ("points.html", include_str!("templates/points.html")),
    ];
    for (name, source) in sources {
        if let Err(error) = environment.add_template(name, source) {
            tracing::error!("the template {name} is wrong: {error:#}"); // the page tests render every one
        }
    }
    environment
});

/// A page. Names end in `.html`, so everything filled in is escaped.
pub fn page(template: &str, data: Value) -> Response {
    match TEMPLATES.get_template(template).and_then(|template| template.render(data)) {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!("the page {template} cannot be rendered: {error:#}");
            message(StatusCode::INTERNAL_SERVER_ERROR, "This page failed", "The log says why.")
        }
    }
}

/// A page that says one thing.
pub fn message(status: StatusCode, title: &str, text: &str) -> Response {
    let data = context! { title, text, csrf => "", here => "" };
    let html = TEMPLATES.get_template("message.html").and_then(|template| template.render(data));
    (status, Html(html.unwrap_or_default())).into_response()
}

pub fn not_found(what: &str) -> Response {
    message(StatusCode::NOT_FOUND, "Not here", &format!("There is no such {what}."))
}

/// A page that says what went wrong.
#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
pub fn problem(problem: Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    message(status, &problem.title, &problem.detail)
}

/// The store did not answer.
#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
pub fn trouble(error: StoreError) -> Response {
    tracing::error!(%error, "a page could not be made");
    message(StatusCode::SERVICE_UNAVAILABLE, "Try again", "The store did not answer.")
}

pub async fn style() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=300")];
    (headers, include_str!("templates/style.css"))
}

/// The programme's time zone.
pub fn zone(app: &App, brand: &str) -> TimeZone {
    app.programmes.of(brand).map_or(TimeZone::UTC, |programmes| programmes.live().programme.settings.zone.clone())
}

/// Like `2026-11-20 12:00`.
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `+278`, `−50`, `0`.
pub fn signed(points: i64) -> String {
    match points {
        0 => "0".to_owned(),
        1.. => format!("+{points}"),
        _ => format!("−{}", points.unsigned_abs()),
    }
}
