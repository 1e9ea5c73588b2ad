//! `PUT /v1/members/{ref}/savings`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};

use crate::{
    access::Caller,
    intake::{problem::Problem, savings::SavingsBody},
    loyalty::receipt::Receipt,
    service::{App, accept::ReceiptView, savings},
    web::body::Body,
};

/// Save points, or let them turn into coupons by themselves
///
/// The coupon is the reward that `Converts to` of the programme names; each conversion is a claim, told as `reward.claimed`.
#[utoipa::path(put, path = "/v1/members/{ref}/savings", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path)), request_body = SavingsBody,
    responses((status = 200, body = Receipt), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn choose(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<SavingsBody>,
) -> Result<Json<ReceiptView>, Problem> {
    savings::choose(&app, &caller, &reference, &body).await.map(Json)
}
