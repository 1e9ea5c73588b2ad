//! Rendering: the templates with escaping on, the stylesheet, plain messages, and how instants and amounts are shown.

use std::sync::LazyLock;

use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use jiff::{Timestamp, tz::TimeZone};
use minijinja::{Environment, UndefinedBehavior, Value, context};

use crate::{
    loyalty::{
        Fact,
        event::{Membership, Restricted, Savings},
    },
    service::App,
    store::StoreError,
    values::{
        count::{counted, noun},
        money::{format_units, places},
    },
};

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("noun", |count: i64, one: String| noun(count, &one));
    let sources = [
        ("base.html", include_str!("templates/base.html")),
        ("console.html", include_str!("templates/console.html")),
        ("deliveries.html", include_str!("templates/deliveries.html")),
        ("duplicates.html", include_str!("templates/duplicates.html")),
        ("login.html", include_str!("templates/login.html")),
        ("mailbox.html", include_str!("templates/mailbox.html")),
        ("member.html", include_str!("templates/member.html")),
        ("members.html", include_str!("templates/members.html")),
        ("message.html", include_str!("templates/message.html")),
        ("problem.html", include_str!("templates/problem.html")),
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

/// What happened, in words.
pub fn told(fact: &Fact) -> String {
    match fact {
        Fact::Order { order_id, state } => {
            let total = format_units(state.total(), places(&state.currency));
            let back = state.refunded > 0 || state.lines.iter().any(|line| line.returned.0 > 0);
            let back = if back { ", returned" } else { "" };
            format!("order {order_id} {}{back}, {total} {}", state.status.name(), state.currency)
        }
        Fact::OrderLeft(left) => format!("order {} is another member's", left.order_id),
        Fact::Adjustment(_) => "adjusted by hand".to_owned(),
        Fact::Joined(_) => "joined".to_owned(),
        Fact::Changed(_) => "facts changed".to_owned(),
        Fact::Segments(seen) if seen.segments.is_empty() => "in no segment".to_owned(),
        Fact::Segments(seen) => format!("in segments {}", seen.segments.iter().cloned().collect::<Vec<_>>().join(", ")),
        Fact::TextWritten(text) => format!("text {} written ({})", text.text_id, text.language),
        Fact::MessageRequested(message) => format!("message {} asked for", message.text_id),
        Fact::HoldMade(hold) => format!("{} set aside", counted(hold.points, "point")),
        Fact::HoldCaptured(_) => "points set aside were paid".to_owned(),
        Fact::HoldReleased(_) => "points set aside were given back".to_owned(),
        Fact::Claimed(claim) => format!("took reward {}", claim.reward),
        Fact::Membership(Membership { left: true, .. }) => "left the programme".to_owned(),
        Fact::Membership(_) => "came back to the programme".to_owned(),
        Fact::Savings(Savings { convert: true }) => "points turn into coupons by themselves now".to_owned(),
        Fact::Savings(_) => "points are saved now".to_owned(),
        Fact::Converted(claim) => format!("points turned into {}", claim.reward),
        Fact::Birthday(_) => "birthday".to_owned(),
        Fact::ClaimFulfilled(_) => "a reward was handed over".to_owned(),
        Fact::ClaimCancelled(_) => "a reward was cancelled".to_owned(),
        Fact::CodeRedeemed(used) => format!("code {} used", used.code),
        Fact::CodeReleased(used) => format!("code {} given back", used.code),
        Fact::TierGranted(grant) => format!("tier {} granted", grant.tier),
        Fact::Restricted(Restricted { restricted: true, .. }) => "account put on hold".to_owned(),
        Fact::Restricted(_) => "account no longer on hold".to_owned(),
        Fact::Merged(merged) => format!("turned out to be {}", merged.into),
        Fact::Absorbed(absorbed) => format!("took over {}", absorbed.from),
        Fact::Unmerged(unmerged) => format!("{} goes its own way again", unmerged.from),
        Fact::Restored(_) => "on its own again".to_owned(),
        Fact::Reactivated(_) => "expired points given back".to_owned(),
        Fact::MemberImported(_) => "came from another programme".to_owned(),
        Fact::Opening(opening) => format!("brought {}", counted(opening.points, "point")),
        Fact::OrderImported(past) => format!("order {} from before", past.order_id),
        Fact::TimePassed(_) => "something fell due".to_owned(),
        Fact::Other { kind, .. } => kind.clone(),
    }
}
