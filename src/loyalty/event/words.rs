//! What is said to a member: a text that was written, a message that is wanted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kind::{EachText, Kind};

/// A finished text. Personal placeholders (`{{name}}`) are still in it; they are filled when it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextWritten {
    pub text_id: String,
    pub language: String,
    pub subject: String,
    pub body: String,
    pub written_by: WrittenBy,
    /// What the text is about (`order:1001`); with `text_id` it makes the key that lets one message out.
    pub cause: String,
    /// Set when the connector is to send it; absent when somebody only asked for the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// The numbers the text may speak of.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
    /// Why the template was used although a model is connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrittenBy {
    Model,
    Template,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Email,
}

/// A message that somebody wants sent. Only transactional ones exist so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRequested {
    pub channel: Channel,
    pub text_id: String,
    pub cause: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    pub subject: String,
    pub body: String,
}

impl Kind for TextWritten {
    fn each_text(&mut self, see: EachText<'_>) {
        see("subject", &mut self.subject);
        see("body", &mut self.body);
        self.fallback_reason.iter_mut().for_each(|reason| see("fallback_reason", reason));
        for (name, value) in &mut self.facts {
            see(&format!("facts.{name}"), value);
        }
    }
}

impl Kind for MessageRequested {
    fn each_text(&mut self, see: EachText<'_>) {
        see("subject", &mut self.subject);
        see("body", &mut self.body);
    }
}
