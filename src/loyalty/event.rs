//! The canonical event: something that happened to exactly one member.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::order::OrderState;

/// What happened, to whom, when; the identity `(brand, source, id)` counts once, for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub brand: String,
    pub source: String,
    pub id: String,
    pub occurred_at: Timestamp,
    pub fact: Fact,
}

/// The kinds of event that the ledger understands; everything else is `Other` and can still be rewarded by a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A full state of an order.
    Order {
        order_id: String,
        state: Box<OrderState>,
    },
    /// Points given or taken by hand.
    Adjustment(Adjustment),
    /// The member became one.
    Joined(Joined),
    /// Facts of the member that the ledger itself uses were changed.
    Changed(Joined),
    /// The profile system's segments, whole.
    Segments(Segments),
    /// A text was written for the member, by a model or from its template.
    TextWritten(TextWritten),
    /// Somebody asked to send a message.
    MessageRequested(MessageRequested),
    Other {
        kind: String,
        data: Value,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    pub points: i64,
    /// Encrypted with the member's key.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Joined {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segments {
    pub segments: BTreeSet<String>,
}

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

impl Fact {
    /// The `type` of the event in the contract and in the store.
    pub fn kind(&self) -> &str {
        match self {
            Self::Order { .. } => "order",
            Self::Adjustment(_) => "adjustment",
            Self::Joined(_) => "member.joined",
            Self::Changed(_) => "member.changed",
            Self::Segments(_) => "segments",
            Self::TextWritten(_) => "text.written",
            Self::MessageRequested(_) => "message.requested",
            Self::Other { kind, .. } => kind,
        }
    }

    /// Whether `kind` is one that only the connector's own calls may make.
    pub fn is_reserved(kind: &str) -> bool {
        const RESERVED: [&str; 7] =
            ["order", "adjustment", "member.joined", "member.changed", "segments", "text.written", "message.requested"];
        RESERVED.contains(&kind)
    }

    /// The canonical content: keys in a fixed order, amounts in minor units.
    pub fn data(&self) -> Value {
        let written = match self {
            Self::Order { order_id, state } => serde_json::to_value(state).map(|mut value| {
                value["order_id"] = Value::from(order_id.as_str());
                value
            }),
            Self::Adjustment(data) => serde_json::to_value(data),
            Self::Joined(data) | Self::Changed(data) => serde_json::to_value(data),
            Self::Segments(data) => serde_json::to_value(data),
            Self::TextWritten(data) => serde_json::to_value(data),
            Self::MessageRequested(data) => serde_json::to_value(data),
            Self::Other { data, .. } => Ok(data.clone()),
        };
        written.unwrap_or(Value::Null) // our own types always serialize
    }

    /// Reads a stored event back.
    pub fn read(kind: &str, data: Value) -> Result<Self, serde_json::Error> {
        fn typed<T: DeserializeOwned>(data: Value) -> Result<T, serde_json::Error> {
            serde_json::from_value(data)
        }
        Ok(match kind {
            "order" => {
                Self::Order { order_id: data["order_id"].as_str().unwrap_or_default().to_owned(), state: typed(data)? }
            }
            "adjustment" => Self::Adjustment(typed(data)?),
            "member.joined" => Self::Joined(typed(data)?),
            "member.changed" => Self::Changed(typed(data)?),
            "segments" => Self::Segments(typed(data)?),
            "text.written" => Self::TextWritten(typed(data)?),
            "message.requested" => Self::MessageRequested(typed(data)?),
            other => Self::Other { kind: other.to_owned(), data },
        })
    }

    /// The order this is about.
    pub fn order_id(&self) -> Option<&str> {
        match self {
            Self::Order { order_id, .. } => Some(order_id),
            _ => None,
        }
    }
}
