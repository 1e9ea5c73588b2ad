//! A claim of a reward, and what its issuer says of it.

use serde::Deserialize;

use super::{GivenId, Incoming, Reader, fields::Unread, incoming::Origin, member::MemberBody};
use crate::loyalty::{Fact, mechanics::rewards::Claimed};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "site-778", "member": {"external_id": "c-1042"}}))]
pub struct ClaimBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    pub member: MemberBody,
}

impl ClaimBody {
    /// The event that takes this reward.
    pub fn incoming(self, reader: &Reader, origin: Origin<'_>, reward: String) -> Result<Incoming, Unread> {
        origin.event_of(reader, ("claim", &self.id, self.member), Fact::Claimed(Claimed { reward, code: None }))
    }
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepBody {
    /// What the issuer answered, or why it is cancelled; at most 500 characters.
    pub note: Option<String>,
}

/// Characters of a note.
pub const NOTE_CHARS_MAX: usize = 500;

impl StepBody {
    pub fn checked(self) -> Result<Option<String>, Unread> {
        let long = |note: &String| note.chars().count() > NOTE_CHARS_MAX;
        if self.note.as_ref().is_some_and(long) {
            return Err(Unread::field("/note", format!("is longer than {NOTE_CHARS_MAX} characters")));
        }
        Ok(self.note)
    }
}
