//! `POST /v1/events`: one event or an array of at most 1000. Each is accepted or refused by itself; one that is refused
//! stops no other.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Request, State},
};
use serde::Serialize;

use super::body::raw;
pub use crate::intake::event::EventBody;
use crate::{
    access::Caller,
    intake::{
        fields::{parse, parse_items, parse_value},
        problem::Problem,
    },
    loyalty::receipt::Receipt,
    service::{App, accept::Told},
    values::count::counted,
    writer::NotAccepted,
};

/// Events of one request.
pub const EVENTS: usize = 1000;

/// One event or an array of at most 1000, as the description shows it: which of the two a body is, its first byte says.
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
pub enum EventOrEvents {
    One(Box<EventBody>),
    Many(Vec<EventBody>),
}

/// One receipt or one problem, as the description shows it.
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
pub enum Answer {
    Receipt(Box<Receipt>),
    Problem { problem: Problem },
}

/// Answers to an array, in its order, as the description shows it.
#[derive(utoipa::ToSchema)]
pub struct Answers {
    pub receipts: Vec<Answer>,
}

/// The answer to one event or to an array, as the description shows it.
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    One(Box<Receipt>),
    Many(Answers),
}

/// What is told of one event of many.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Heard {
    Receipt(Box<Told>),
    Problem { problem: Problem },
}

/// What is told of one event, or of many.
#[derive(Serialize)]
#[serde(untagged)]
pub enum AllHeard {
    One(Box<Told>),
    Many { receipts: Vec<Heard> },
}

/// Report one event, or up to 1000
#[utoipa::path(post, path = "/v1/events", tag = "events",
    security(("key" = ["events"])),
    request_body = EventOrEvents,
    responses((status = 200, description = "A receipt; for an array `{\"receipts\": [...]}`", body = OneOrMany),
              (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn post(State(app): State<Arc<App>>, caller: Caller, request: Request) -> Result<Json<AllHeard>, Problem> {
    let bytes = raw(request, &app).await?;
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Ok(Json(AllHeard::Many { receipts: many(&app, &caller, &bytes).await? }));
    }
    let incoming = parse::<EventBody>(&bytes)?.incoming(&app.reader(), &caller.brand, source(&caller), "")?;
    Ok(Json(AllHeard::One(Box::new(app.accept(&caller, incoming).await?))))
}

/// The key's source for events.
fn source(caller: &Caller) -> String {
    format!("{}:event", caller.name)
}

async fn many(app: &App, caller: &Caller, bytes: &Bytes) -> Result<Vec<Heard>, Problem> {
    let bodies = parse_items(bytes)?;
    if bodies.len() > EVENTS {
        return Err(Problem::invalid_field(
            "",
            format!("has {}; at most {EVENTS} at once", counted(bodies.len(), "event")),
        ));
    }
    // All are queued before the first is awaited, so that they share commits.
    let mut waiting = Vec::with_capacity(bodies.len());
    for (index, body) in bodies.into_iter().enumerate() {
        let prefix = format!("/{index}");
        let read = parse_value::<EventBody>(body, &prefix)
            .and_then(|body| body.incoming(&app.reader(), &caller.brand, source(caller), &prefix));
        waiting.push(match read {
            Ok(incoming) => app.submit(caller, incoming).await,
            Err(unread) => Err(unread.into()),
        });
    }
    let mut receipts = Vec::with_capacity(waiting.len());
    for answer in waiting {
        let result: Result<Receipt, Problem> = match answer {
            Err(problem) => Err(problem),
            Ok(answer) => match answer.await {
                Ok(Ok(accepted)) => Ok(accepted.receipt),
                Ok(Err(refused)) => Err(refused.into()),
                Err(_) => Err(NotAccepted::unanswered().into()),
            },
        };
        receipts.push(match result {
            Ok(receipt) => Heard::Receipt(Box::new(Told::new(caller, receipt))),
            Err(problem) => Heard::Problem { problem },
        });
    }
    Ok(receipts)
}
