//! `POST /v1/messages`.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};

use crate::{
    access::Caller,
    intake::{message::MessageBody, problem::Problem},
    service::{
        App,
        messages::{self, MessageView},
    },
    web::body::Body,
};

/// Send a transactional message
#[utoipa::path(post, path = "/v1/messages", tag = "messages",
    security(("key" = ["messages"])),
    request_body = MessageBody,
    responses((status = 202, body = MessageView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<MessageBody>,
) -> Result<(StatusCode, Json<MessageView>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(messages::send(&app, &caller, body).await?)))
}
