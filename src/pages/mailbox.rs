//! The mailbox: every message as it went out, or, without a mail service, as it would look.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::header,
    response::{Html, IntoResponse, Response},
};
use minijinja::context;

use super::{
    session::Visitor,
    view::{self, moment},
};
use crate::service::{App, conditions::is_connected};

const MESSAGES: usize = 50;
/// A message is shown in a frame of its own, without scripts and without anything from elsewhere.
const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

pub async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response, Response> {
    let zone = view::zone(&app, &visitor.brand);
    let messages = app.store.messages(&visitor.brand, MESSAGES).await.map_err(view::trouble)?;
    let messages: Vec<_> = messages
        .into_iter()
        .map(|mail| {
            context! { id => mail.id, subject => mail.subject, to => mail.recipient, via => mail.via,
            channel => mail.channel, member => mail.member, at => moment(mail.sent_at, &zone) }
        })
        .collect();
    let connected = is_connected(&app.settings, "message");
    Ok(view::page(
        "mailbox.html",
        context! { csrf => visitor.csrf, here => "mailbox", messages, connected, most => MESSAGES },
    ))
}

pub async fn message(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let messages = app.store.messages(&visitor.brand, MESSAGES).await.map_err(view::trouble)?;
    let mail = messages.into_iter().find(|mail| mail.id == id).ok_or_else(|| view::not_found("message"))?;
    Ok(([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(mail.body)).into_response())
}
