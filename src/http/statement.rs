//! `GET /v1/members/{ref}/statement`: the lines that answer "where are my points?", sent as they are read.

use std::{io, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, Query, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use futures_util::TryStreamExt;

use crate::{
    access::Caller,
    intake::problem::Problem,
    service::{
        App,
        page::PageQuery,
        statement::{Statement, parts::parts},
    },
};

/// Entries with the running balance, newest first; a page ends with a whole event
#[utoipa::path(get, path = "/v1/members/{ref}/statement", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path), PageQuery),
    responses((status = 200, body = Statement), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    let parts = parts(app, caller.brand, &reference, page).await?;
    let body = Body::from_stream(parts.map_err(|problem| io::Error::other(problem.detail)));
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}
