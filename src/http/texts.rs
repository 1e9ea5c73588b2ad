//! `POST /v1/texts`.

use std::sync::Arc;

use axum::{Json, extract::State};

use crate::{
    access::Caller,
    intake::{problem::Problem, text::TextBody},
    service::{
        App,
        texts::{self, TextView},
    },
    web::body::Body,
};

/// Have a text written
#[utoipa::path(post, path = "/v1/texts", tag = "texts",
    security(("key" = ["texts"])),
    request_body = TextBody,
    responses((status = 200, body = TextView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<TextBody>,
) -> Result<Json<TextView>, Problem> {
    texts::write(&app, &caller, body).await.map(Json)
}
