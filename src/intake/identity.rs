//! An identity that is given up, or goes to the member who has it now.

use serde::Deserialize;

use super::{
    GivenId, Reader, Who,
    fields::{Unread, all_valid},
    member::{MemberBody, normal},
};
use crate::values::person::Person;

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "r-1", "kind": "phone", "value": "+372 5123 4599", "to": {"external_id": "c-7"}, "reason": "new owner of the number"}))]
pub struct ReleaseBody {
    /// Counts once per caller, for ever.
    #[schema(value_type = String)]
    pub id: GivenId,
    /// external_id, card, phone, email or visitor.
    pub kind: String,
    pub value: String,
    /// Whose it is from now on; nobody's when left out, until somebody comes with it.
    pub to: Option<MemberBody>,
    /// Kept encrypted with the member's key.
    pub reason: String,
}

impl ReleaseBody {
    pub fn checked_id(&self) -> Result<String, Unread> {
        let mut errors = Vec::new();
        let id = self.id.strict("/id", &mut errors);
        all_valid(errors).map(|()| id)
    }
}

/// An identity in its one form, and in those of before.
pub struct Identity {
    pub kind: &'static str,
    pub value: String,
    shown: String,
    pub former: Vec<String>,
}

impl Identity {
    pub fn read(reader: &Reader, kind: &str, text: &str) -> Result<Self, Unread> {
        const KINDS: [&str; 5] = ["external_id", "card", "phone", "email", "visitor"];
        let known = KINDS.into_iter().find(|known| *known == kind);
        let kind = known.ok_or_else(|| Unread::field("/kind", format!("is none of {}", KINDS.join(", "))))?;
        let normal = normal(reader, kind, text).map_err(|detail| Unread::field("/value", detail))?;
        Ok(Self { kind, value: normal.value, shown: normal.shown, former: normal.former })
    }

    /// Gives it to this member, as a way to be found and as a fact.
    pub fn given_to(self, member: String) -> Who {
        let mut facts = Person::default();
        match self.kind {
            "external_id" => facts.external_id = Some(self.shown),
            "email" => facts.email = Some(self.shown),
            "phone" => facts.phone = Some(self.shown),
            _ => {}
        }
        Who { identities: vec![(self.kind, self.value)], facts, ..Who::of(member) }
    }
}
