//! A member takes part in a challenge; steps of one are added or taken by hand.

use serde::Deserialize;

use super::{
    GivenId, Incoming, Reader,
    fields::{Unread, whole},
    incoming::Origin,
    member::MemberBody,
    standing::ByHand,
};
use crate::loyalty::{
    Fact,
    mechanics::challenges::{ChallengeCorrected, ChallengeJoined, STEPS},
};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "site-779", "member": {"external_id": "c-1042"}}))]
pub struct ChallengeBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    pub member: MemberBody,
}

impl ChallengeBody {
    /// The event that joins this challenge.
    pub fn incoming(self, reader: &Reader, origin: Origin<'_>, challenge: String) -> Result<Incoming, Unread> {
        origin.event_of(
            reader,
            ("challenge", &self.id, self.member),
            Fact::ChallengeJoined(ChallengeJoined { challenge }),
        )
    }
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "fix-12", "steps": 1, "reason": "the till was down on Monday"}))]
pub struct CorrectionBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    /// Negative takes steps; what was counted does not fall below 0.
    #[serde(deserialize_with = "whole")]
    pub steps: i64,
    /// Kept encrypted with the member's key.
    pub reason: String,
}

impl CorrectionBody {
    /// The correction of this challenge.
    pub fn read(self, challenge: String) -> Result<ByHand, Unread> {
        let Self { id, steps, reason } = self;
        if steps == 0 || !(-STEPS..=STEPS).contains(&steps) {
            return Err(Unread::field("/steps", format!("must lie between -{STEPS} and {STEPS}, and not be 0")));
        }
        let fact = Fact::ChallengeCorrected(ChallengeCorrected { challenge, steps, reason: reason.clone() });
        ByHand::read("correction", &id, &reason, fact)
    }
}
