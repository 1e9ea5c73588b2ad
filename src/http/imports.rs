//! `POST /v1/imports/{kind}`: rows from another programme, at most 500 at once; with `check=true` none is kept.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;

use crate::{
    access::Caller,
    intake::{imports::Kind, problem::Problem},
    service::{
        App,
        imports::{ImportAnswer, import},
    },
    web::body::Items,
};

#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct ImportQuery {
    /// Decide every row and keep nothing.
    #[serde(default)]
    pub check: bool,
}

/// Bring members, points or orders from another programme
#[utoipa::path(post, path = "/v1/imports/{kind}", tag = "imports",
    security(("key" = ["admin"])),
    request_body = Vec<Object>,
    params(("kind" = inline(Kind), Path), ImportQuery),
    responses((status = 200, body = ImportAnswer),
              (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(kind): Path<Kind>,
    Query(query): Query<ImportQuery>,
    Items(rows): Items,
) -> Result<Json<ImportAnswer>, Problem> {
    import(&app, &caller.brand, kind, rows, query.check).await.map(Json)
}
