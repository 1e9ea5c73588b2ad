//! A member takes part in a challenge.

use serde::Deserialize;

use super::{GivenId, Incoming, Reader, fields::Unread, incoming::Origin, member::MemberBody};
use crate::loyalty::{Fact, mechanics::challenges::ChallengeJoined};

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
