//! One person who was two members: merge, and undo it.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};

use crate::{
    access::Caller,
    intake::{
        merge::{MergeBody, UnmergeBody},
        problem::Problem,
    },
    loyalty::receipt::Receipt,
    service::{App, accept::ReceiptView, merging},
    web::body::Body,
};

/// Merge another member into this one
#[utoipa::path(post, path = "/v1/members/{ref}/merge", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path)), request_body = MergeBody,
    responses((status = 200, body = Receipt), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn merge(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<MergeBody>,
) -> Result<Json<ReceiptView>, Problem> {
    merging::merge(&app, &caller, &reference, body).await.map(Json)
}

/// Undo a merge
#[utoipa::path(post, path = "/v1/members/{ref}/unmerge", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path)), request_body = UnmergeBody,
    responses((status = 200, body = Receipt), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn unmerge(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<UnmergeBody>,
) -> Result<Json<ReceiptView>, Problem> {
    merging::unmerge(&app, &caller, &reference, body).await.map(Json)
}
