//! What is done by hand to a member's standing, each time with a reason: expired points given back, a tier granted, an account
//! put on hold, the programme left.

use jiff::Timestamp;
use serde::Deserialize;

use super::{
    GivenId, Reader,
    fields::{Unread, all_valid, check_reason},
};
use crate::{
    loyalty::{
        Fact,
        event::{Membership, Reactivated, Restricted, TierGranted},
    },
    values::span::Span,
};

/// A change by hand, read.
pub struct ByHand {
    /// The kind of call in its source.
    pub call: &'static str,
    pub id: String,
    pub fact: Fact,
}

impl ByHand {
    pub(super) fn read(call: &'static str, id: &GivenId, reason: &str, fact: Fact) -> Result<Self, Unread> {
        let mut errors = Vec::new();
        let id = id.strict("/id", &mut errors);
        check_reason(reason, &mut errors);
        all_valid(errors).map(|()| Self { call, id, fact })
    }
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "act-1", "since": "2026-10-01T00:00:00Z", "expires": "3M", "reason": "the shop was closed"}))]
pub struct ReactivationBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    /// What expired at this instant or later comes back.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// How long it lives now, like `3M`.
    pub expires: String,
    pub reason: String,
}

impl ReactivationBody {
    pub fn read(self, reader: &Reader) -> Result<ByHand, Unread> {
        let expires = self.expires.parse::<Span>().map_err(|error| Unread::field("/expires", error.to_string()))?;
        let mut errors = Vec::new();
        reader.happened(self.since, "/since", &mut errors);
        all_valid(errors)?;
        let fact = Fact::Reactivated(Reactivated { since: self.since, expires, reason: self.reason.clone() });
        ByHand::read("reactivation", &self.id, &self.reason, fact)
    }
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "tg-1", "tier": "gold", "until": "2027-12-31T22:00:00Z", "reason": "ambassador"}))]
pub struct TierBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    pub tier: String,
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    pub reason: String,
}

impl TierBody {
    pub fn read(self, reader: &Reader) -> Result<ByHand, Unread> {
        if self.until <= reader.now {
            return Err(Unread::field("/until", "lies in the past"));
        }
        let fact = Fact::TierGranted(TierGranted { tier: self.tier, until: self.until, reason: self.reason.clone() });
        ByHand::read("tier", &self.id, &self.reason, fact)
    }
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "r-1", "restricted": true, "reason": "many returns"}))]
pub struct RestrictionBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    /// True: earns to pending, cannot spend. False: what waited opens.
    pub restricted: bool,
    pub reason: String,
}

impl RestrictionBody {
    pub fn read(self) -> Result<ByHand, Unread> {
        let fact = Fact::Restricted(Restricted { restricted: self.restricted, reason: self.reason.clone() });
        ByHand::read("restriction", &self.id, &self.reason, fact)
    }
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "m-1", "left": true, "reason": "asked by mail"}))]
pub struct MembershipBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    /// True: points end and nothing is earned any more. False: the member earns again.
    pub left: bool,
    pub reason: String,
}

impl MembershipBody {
    pub fn read(self) -> Result<ByHand, Unread> {
        let fact = Fact::Membership(Membership { left: self.left, reason: self.reason.clone() });
        ByHand::read("membership", &self.id, &self.reason, fact)
    }
}
