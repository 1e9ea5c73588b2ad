//! Points given or taken by hand, by somebody who says why.

use serde::Deserialize;

use super::{
    GivenId,
    fields::{FieldError, Unread, all_valid, check_points, check_reason, whole},
    member::MemberBody,
};
use crate::values::bounds::POINTS;

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
    /// Its id, when all but the member is well.
    pub fn checked(&self) -> Result<String, Unread> {
        let mut errors = Vec::new();
        if self.points == 0 {
            errors.push(FieldError::at("/points", "must not be 0"));
        }
        check_points(self.points, -POINTS, "/points", &mut errors);
        check_reason(&self.reason, &mut errors);
        let id = self.id.strict("/id", &mut errors);
        all_valid(errors).map(|()| id)
    }
}
