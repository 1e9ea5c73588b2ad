//! A message that is to be sent to a member.

use serde::Deserialize;

use super::{
    GivenId,
    fields::{FieldError, Unread, all_valid, check_id, optional},
    member::MemberBody,
};
use crate::values::count::counted;

/// What is to be sent.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"member": {"external_id": "c-1042"}, "channel": "email", "purpose": "transactional",
    "text_id": "thank_you", "cause": "order:1001"}))]
pub struct MessageBody {
    /// Counts once per caller; without one, member, cause and text make it.
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>)]
    pub id: Option<GivenId>,
    /// A member that is known already.
    pub member: MemberBody,
    /// `email`.
    pub channel: String,
    /// `transactional`.
    pub purpose: String,
    #[schema(value_type = String)]
    pub text_id: GivenId,
    /// What it is about, like `order:1001`: one message goes out per member, cause and text.
    pub cause: String,
    /// Left out: the text that was written for this cause, else its template.
    pub subject: Option<String>,
    pub text: Option<String>,
}

pub const SUBJECT_CHARS_MAX: usize = 200;
pub const TEXT_CHARS_MAX: usize = 5000;

impl MessageBody {
    /// The ids of the call, if it has one, and of the text.
    pub fn checked(&self) -> Result<(Option<String>, String), Unread> {
        let mut errors = Vec::new();
        if self.channel != "email" {
            errors.push(FieldError::at(
                "/channel",
                format!("`{}` does not exist in this version: only email", self.channel),
            ));
        }
        if self.purpose != "transactional" {
            let detail = format!("`{}` does not exist in this version: only transactional e-mail", self.purpose);
            errors.push(FieldError::at("/purpose", detail));
        }
        let id = self.id.as_ref().map(|id| id.strict("/id", &mut errors));
        let text_id = self.text_id.lenient("/text_id", &mut errors);
        check_id(&self.cause, "/cause", &mut errors);
        if self.subject.is_some() != self.text.is_some() {
            errors.push(FieldError::at("/subject", "give subject and text together, or neither"));
        }
        for (field, text, max) in [("subject", &self.subject, SUBJECT_CHARS_MAX), ("text", &self.text, TEXT_CHARS_MAX)]
        {
            let wrong = |text: &String| text.trim().is_empty() || text.chars().count() > max;
            if field == "subject" && text.as_ref().is_some_and(|text| text.contains(['\r', '\n'])) {
                errors.push(FieldError::at("/subject", "has more than one line"));
            }
            if text.as_ref().is_some_and(wrong) {
                errors
                    .push(FieldError::at(format!("/{field}"), format!("must have 1 to {}", counted(max, "character"))));
            }
        }
        all_valid(errors).map(|()| (id, text_id))
    }
}
