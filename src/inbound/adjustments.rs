//! `POST /v1/adjustments`: points given or taken by hand, with a reason that is kept encrypted.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    auth::Caller,
    body::Body,
    orders::check_id,
    problem::{FieldError, Problem},
    second_key::{self, Waiting},
    who::{self, MemberBody},
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
    /// Kept encrypted with the member's key.
    pub reason: String,
}

const MOST: i64 = 1_000_000_000;

impl AdjustmentBody {
    fn checked(&self, errors: &mut Vec<FieldError>) {
        check_id(&self.id, "/id", errors);
        if self.points == 0 || self.points.abs() > MOST {
            errors.push(FieldError::at("/points", format!("must lie between -{MOST} and {MOST} and not be 0")));
        }
        if self.reason.trim().is_empty() || self.reason.chars().count() > 500 {
            errors.push(FieldError::at("/reason", "must have 1 to 500 characters: say why"));
        }
    }
}

/// Give or take points by hand; above the programme's limit it waits for a second key (202)
#[utoipa::path(post, path = "/v1/adjustments", tag = "members",
    security(("key" = ["adjust"])),
    request_body = AdjustmentBody,
    responses((status = 200, body = Receipt), (status = 202, body = Waiting),
              (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<AdjustmentBody>,
) -> Result<Response, Problem> {
    let mut errors = Vec::new();
    body.checked(&mut errors);
    let who = body.member.who("/member", &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let known = who::of(&app, &caller.brand, &who).await?;
    if let Some(known) = &known {
        caller.forbid_own(&app, &known.member.id).await?;
    }
    let source = format!("{}:adjustment", caller.name);
    let adjustment = Adjustment { points: body.points, reason: body.reason };
    if needs_second_key(&app, &caller.brand, body.points) {
        let known =
            known.ok_or_else(|| Problem::not_found("member like this; only a known member's adjustment can wait"))?;
        return second_key::wait(&app, &caller, (source, body.id), &known, adjustment)
            .await
            .map(IntoResponse::into_response);
    }
    let incoming = Incoming {
        brand: caller.brand,
        source,
        id: body.id,
        occurred_at: None,
        fact: Fact::Adjustment(adjustment),
        who,
    };
    Ok(Json(app.writer.accept(incoming).await?.receipt).into_response())
}

fn needs_second_key(app: &App, brand: &str, points: i64) -> bool {
    let programmes = app.programmes.of(brand);
    let limit = programmes.and_then(|all| all.live().programme.settings.second_key_above);
    limit.is_some_and(|limit| points.abs() > limit)
}
