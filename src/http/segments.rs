//! The segments that a member is in.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};

use crate::{
    access::Caller,
    intake::problem::Problem,
    service::{
        App,
        segments::{self, SegmentsOfMember},
    },
};

/// The segments that a member is in now
///
/// Those of the programme (table Segments) and those of the profile system. A segment counts from the member's next event on.
#[utoipa::path(get, path = "/v1/members/{ref}/segments", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path)),
    responses((status = 200, body = SegmentsOfMember), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn of_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
) -> Result<Json<SegmentsOfMember>, Problem> {
    segments::of_member(&app, &caller.brand, &reference).await.map(Json)
}
