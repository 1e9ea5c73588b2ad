//! Two members who are one person, or are not: merge them, undo it, keep them apart.

use serde::Deserialize;

use super::{
    GivenId,
    fields::{Unread, all_valid, check_reason},
    member::MemberBody,
};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "m-1", "from": {"visitor": "a1b2"}, "reason": "logged in"}))]
pub struct MergeBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    /// The member whose points, orders, holds, debt and counters move; what comes for it later is decided for the other.
    pub from: MemberBody,
    pub reason: String,
}

impl MergeBody {
    /// Its id, when it says why.
    pub fn checked(&self) -> Result<String, Unread> {
        checked(&self.id, &self.reason)
    }
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "u-1", "from": "mem_...", "reason": "mother and daughter"}))]
pub struct UnmergeBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    /// The id (`mem_...`) of the member that goes its own way again, with what is left of its lots and with its orders.
    #[schema(value_type = String)]
    pub from: GivenId,
    pub reason: String,
}

impl UnmergeBody {
    /// Its id, and the member that goes.
    pub fn checked(&self) -> Result<(String, String), Unread> {
        let id = checked(&self.id, &self.reason)?;
        let mut errors = Vec::new();
        let from = self.from.lenient("/from", &mut errors);
        all_valid(errors).map(|()| (id, from))
    }
}

fn checked(id: &GivenId, reason: &str) -> Result<String, Unread> {
    let mut errors = Vec::new();
    let id = id.strict("/id", &mut errors);
    check_reason(reason, &mut errors);
    all_valid(errors).map(|()| id)
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "mother and daughter share the address"}))]
pub struct ApartBody {
    /// Kept encrypted with the member's key.
    pub reason: String,
}
