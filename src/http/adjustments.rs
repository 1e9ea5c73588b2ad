//! `POST /v1/adjustments`: points given or taken by hand, by somebody who says why. The reason is kept encrypted; who gave and
//! who agreed stand beside it. Nobody becomes a member by a mistyped number.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    body::Body,
    second_key::{self, Waiting},
};
use crate::{
    access::Caller,
    intake::{
        GivenId, Incoming, Who,
        fields::{FieldError, check_points, check_reason, whole},
        member::MemberBody,
        problem::Problem,
    },
    loyalty::{Fact, Refusal, event::Adjustment, receipt::Receipt},
    service::{App, members},
    values::bounds::POINTS,
    writer::NotAccepted,
};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "adj-1", "member": {"external_id": "c-1042"}, "points": -50, "reason": "goodwill"}))]
pub struct AdjustmentBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    /// A member that is known already.
    pub member: MemberBody,
    /// Negative takes points; more than can be spent is refused.
    #[serde(deserialize_with = "whole")]
    pub points: i64,
    /// Kept encrypted with the member's key.
    pub reason: String,
}

impl AdjustmentBody {
    /// Its id, when all is well.
    fn checked(&self, errors: &mut Vec<FieldError>) -> String {
        if self.points == 0 {
            errors.push(FieldError::at("/points", "must not be 0"));
        }
        check_points(self.points, -POINTS, "/points", errors);
        check_reason(&self.reason, errors);
        self.id.own("/id", errors)
    }
}

/// Give or take points by hand; above what one key may move on one day it waits for a second person (202)
#[utoipa::path(post, path = "/v1/adjustments", tag = "members",
    security(("key" = ["adjust"])),
    request_body = AdjustmentBody,
    responses((status = 200, body = Receipt), (status = 202, body = Waiting),
              (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<AdjustmentBody>,
) -> Result<Response, Problem> {
    let mut errors = Vec::new();
    let id = body.checked(&mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let member = members::known(&app, &caller.brand, (body.member, "/member")).await?;
    caller.forbid_own(&app, &member.member.id).await?;
    let place = (source(&caller.name), id);
    let adjustment =
        Adjustment { points: body.points, reason: body.reason, by: Some(caller.name.clone()), agreed: None };
    if let Some(waiting) = second_key::waits_already(&app, &caller, &place, &member, &adjustment).await? {
        return Ok(waiting.into_response());
    }
    let incoming = incoming(&caller.brand, place.clone(), &member.member.id, adjustment.clone());
    match app.writer.accept(incoming).await {
        Ok(accepted) => Ok(Json(accepted.receipt).into_response()),
        Err(NotAccepted::Refused(Refusal::NeedsSecondKey { .. })) => {
            second_key::wait(&app, &caller, place, &member, adjustment).await.map(IntoResponse::into_response)
        }
        Err(error) => Err(error.into()),
    }
}

/// The source of a key's adjustments.
pub fn source(name: &str) -> String {
    format!("{name}:adjustment")
}

/// The event of an adjustment, under its asker's name whoever agrees to it.
pub fn incoming(brand: &str, (source, id): (String, String), member: &str, adjustment: Adjustment) -> Incoming {
    Incoming {
        brand: brand.to_owned(),
        source,
        id,
        occurred_at: None,
        fact: Fact::Adjustment(adjustment),
        who: Who { id: Some(member.to_owned()), ..Who::default() },
    }
}
