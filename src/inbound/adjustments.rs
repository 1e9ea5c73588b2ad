//! `POST /v1/adjustments`: points given or taken by hand, with a reason that is kept encrypted.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Deserialize;

use super::{
    auth::Caller,
    body::Body,
    orders::check_id,
    problem::{FieldError, Problem},
    who::MemberBody,
};
use crate::{
    app::App,
    loyalty::{Fact, event::Adjustment, receipt::Receipt},
    store::Incoming,
};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "adj-1", "member": {"external_id": "c-1042"}, "points": -50, "reason": "goodwill"}))]
pub struct AdjustmentBody {
    pub id: String,
    pub member: MemberBody,
    /// Negative takes points; more than can be spent is refused.
    pub points: i64,
    pub reason: String,
}

const MOST: i64 = 1_000_000_000;

/// Give or take points by hand
#[utoipa::path(post, path = "/v1/adjustments", tag = "members", request_body = AdjustmentBody,
    responses((status = 200, body = Receipt), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<AdjustmentBody>,
) -> Result<Json<Receipt>, Problem> {
    caller.require("redeem")?;
    let mut errors = Vec::new();
    check_id(&body.id, "/id", &mut errors);
    if body.points == 0 || body.points.abs() > MOST {
        errors.push(FieldError::at("/points", format!("must lie between -{MOST} and {MOST} and not be 0")));
    }
    if body.reason.trim().is_empty() || body.reason.chars().count() > 500 {
        errors.push(FieldError::at("/reason", "must have 1 to 500 characters: say why"));
    }
    let who = body.member.who("/member", &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let incoming = Incoming {
        brand: caller.brand,
        source: format!("{}:adjustment", caller.name),
        id: body.id,
        occurred_at: None,
        fact: Fact::Adjustment(Adjustment { points: body.points, reason: body.reason }),
        who,
    };
    Ok(Json(app.writer.accept(incoming).await?.receipt))
}
