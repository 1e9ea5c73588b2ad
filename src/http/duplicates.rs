//! Members that may be one person: the list, and keeping two apart. Joining them is a merge (`POST /v1/members/{ref}/merge`).

use std::sync::Arc;

use crate::{
    access::Caller,
    intake::{merge::ApartBody, problem::Problem},
    service::{
        App,
        duplicates::{DuplicateView, keep_apart, page},
        page::{Page, PageQuery},
    },
    web::body::Body,
};
use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};

/// Members that may be one person, until they are merged or kept apart
#[utoipa::path(get, path = "/v1/duplicates", tag = "members", security(("key" = ["members"])), params(PageQuery),
    responses((status = 200, body = Page<DuplicateView>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<DuplicateView>>, Problem> {
    let limit = query.limit();
    let (items, next) = page(&app, &caller.brand, &query.cursor.unwrap_or_default(), limit).await?;
    Ok(Json(Page { items, next }))
}

/// They are two people: keep them apart, and do not ask again
#[utoipa::path(post, path = "/v1/duplicates/{id}/apart", tag = "members", security(("key" = ["members"])), params(("id" = String, Path)), request_body = ApartBody,
    responses((status = 204), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn apart(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<ApartBody>,
) -> Result<StatusCode, Problem> {
    keep_apart(&app, caller.origin(), &id, &body.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
