//! What a member does with points: holds, claims, codes.

use serde::{Deserialize, Serialize};

use crate::values::span::Span;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldMade {
    pub points: i64,
    /// How long it lasts; the programme's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// What the amounts of the goods are in; the programme's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The goods to pay for; lots restricted to some goods are used only for these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goods: Vec<Goods>,
}

/// Goods of a cart, as far as paying with points looks at them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Minor units to pay.
    pub amount: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldCaptured {
    pub hold: String,
    /// All when absent; the rest is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldReleased {
    pub hold: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    pub reward: String,
    /// The coupon's code, made by whoever accepts the claim; no part of what the caller sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimStep {
    pub claim: String,
    /// What the issuer answered, or why it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeUse {
    pub code: String,
    /// Tells one use from another of the same code by the same member.
    pub reference: String,
    /// The partner whose key asks; codes of others are not its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
}
