//! `POST /v1/events`: one event or an array of at most 1000.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
};
use serde::Serialize;

use crate::{
    access::Caller,
    intake::{
        event::{EventBody, Reported},
        problem::Problem,
    },
    loyalty::receipt::Receipt,
    service::{App, accept::ReceiptView, events},
    web::body::raw,
};

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

/// The answer to one event of many.
#[derive(Serialize)]
#[serde(untagged)]
pub enum EventAnswer {
    Receipt(Box<ReceiptView>),
    Problem { problem: Problem },
}

impl From<Result<ReceiptView, Problem>> for EventAnswer {
    fn from(answer: Result<ReceiptView, Problem>) -> Self {
        match answer {
            Ok(receipt) => Self::Receipt(Box::new(receipt)),
            Err(problem) => Self::Problem { problem },
        }
    }
}

/// The answer to one event, or to many.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answered {
    One(Box<ReceiptView>),
    Many { receipts: Vec<EventAnswer> },
}

/// Report one event, or up to 1000
#[utoipa::path(post, path = "/v1/events", tag = "events",
    security(("key" = ["events"])),
    request_body = EventOrEvents,
    responses((status = 200, description = "A receipt; for an array `{\"receipts\": [...]}`", body = OneOrMany),
              (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn post(State(app): State<Arc<App>>, caller: Caller, request: Request) -> Result<Json<Answered>, Problem> {
    Ok(Json(match Reported::read(&raw(request, &app).await?)? {
        Reported::One(body) => Answered::One(Box::new(events::report(&app, &caller, *body).await?)),
        Reported::Many(items) => {
            let answers = events::report_all(&app, &caller, items).await;
            Answered::Many { receipts: answers.into_iter().map(EventAnswer::from).collect() }
        }
    }))
}
