//! What the caller is told: stored with the event and repeated word for word when the same event comes again.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    entry::{Account, Entry},
    member::Balance,
};

/// The answer to an accepted event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Receipt {
    pub event_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    pub member_id: String,
    /// True when this event was known already and nothing was done again.
    pub duplicate: bool,
    /// Programme version that decided, like `v7`.
    pub programme: String,
    pub points: Points,
    pub balance: Balance,
    pub tier: TierView,
    pub entries: Vec<EntryView>,
    /// Why nothing changed, where that needs saying.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What was made or used: a hold, a claim, a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub subject: Option<Value>,
    /// What could not be carried out and waits for a person, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parked: Vec<String>,
}

/// `earned` is what the order (or event) has earned in all, `change` what this call changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default, utoipa::ToSchema)]
pub struct Points {
    pub earned: i64,
    pub change: i64,
}

/// Where the member stands and what is missing to the next tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, utoipa::ToSchema)]
pub struct TierView {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Like `222 points`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// The last day on which what is missing still counts with what is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub by: Option<Date>,
    /// Until when the tier is kept without qualifying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

/// An entry as the caller sees it: signed points on the member's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EntryView {
    pub id: String,
    pub points: i64,
    #[schema(value_type = String, example = "available")]
    pub account: Account,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

impl From<&Entry> for EntryView {
    fn from(entry: &Entry) -> Self {
        let (account, points) = entry.member_side();
        Self {
            id: entry.id.clone(),
            points,
            account,
            rule: entry.rule.clone(),
            text: entry.plain_text(),
            expires_at: entry.expires_at,
        }
    }
}
