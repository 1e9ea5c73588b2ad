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
    /// Tell the former e-mail address, encrypted with the member's key, that messages go to another one from now on.
    AddressChanged { to: String },
    /// Tell the orchestrator.
    Signal { name: String, data: serde_json::Value },
    /// An event of another member that follows from this one.
    Follow { member: String, event: String, data: serde_json::Value },
    /// A part of a feed that its destination refused; kept for a person, who may send it again.
    Parked { destination: String, key: String, content: serde_json::Value },
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
