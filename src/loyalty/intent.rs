//! One thing to do once in the outside world, written in the commit of its cause.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::Channel;

/// What to do, under a key that stays the same however often it is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// UUID v5 of the cause: the dedupe key here and, where the system knows such a thing, there.
    pub id: String,
    pub action: Action,
    /// After this instant it is no longer worth doing.
    pub valid_until: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    /// Have a text written; the result comes back as a `text.written` event.
    Text { text_id: String, cause: String, channel: Channel, language: Option<String>, facts: BTreeMap<String, String> },
    /// Send a finished text to the member.
    Message {
        channel: Channel,
        text_id: String,
        cause: String,
        /// Of the words; the member's own when nobody said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
        subject: String,
        body: String,
    },
    /// Tell the e-mail address that was known until now, encrypted with the member's key, what changed.
    AddressChanged {
        to: String,
        #[serde(default, skip_serializing_if = "Moved::is_email")]
        what: Moved,
    },
    /// Tell the orchestrator.
    Signal { name: String, data: serde_json::Value },
    /// An event of another member, or another one of this, that follows from this one; when it happened, where that is said.
    Follow {
        member: String,
        event: String,
        data: serde_json::Value,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// A part of a feed that its destination refused; kept for a person, who may send it again.
    Parked { destination: String, key: String, content: serde_json::Value },
}

/// A fact by which somebody is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    #[default]
    Email,
    Phone,
}

impl Moved {
    pub const ALL: [Self; 2] = [Self::Email, Self::Phone];

    /// The kind of identity that it is.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    fn is_email(&self) -> bool {
        *self == Self::Email
    }
}

impl Action {
    /// The destination that carries it out.
    pub fn destination(&self) -> &str {
        match self {
            Self::Text { .. } => "text",
            Self::Message { .. } | Self::AddressChanged { .. } => "message",
            Self::Signal { .. } => "signal",
            Self::Follow { .. } => "self",
            Self::Parked { destination, .. } => destination,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_to_be_told_before_numbers_were_told_of_is_an_address_still() {
        let kept = r#"{"kind":"address_changed","to":"sealed"}"#;
        let action: Action = serde_json::from_str(kept).unwrap();
        assert_eq!(action, Action::AddressChanged { to: "sealed".to_owned(), what: Moved::Email });
        assert_eq!(serde_json::to_string(&action).unwrap(), kept);
    }
}
