//! What changes how a member stands without a purchase: by hand, by joining, by time, by the profile system.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::values::span::Span;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Adjustment {
    pub points: i64,
    /// Encrypted with the member's key.
    pub reason: String,
    /// The name of the key that gave or took them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The name of the second person's key, where one was needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Joined {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// What fell due is found by deciding; the instant names the alarm that rang.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimePassed {
    pub due_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reactivated {
    /// Points that expired at this instant or later come back.
    pub since: Timestamp,
    /// How long they live now.
    pub expires: Span,
    /// Encrypted with the member's key.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierGranted {
    pub tier: String,
    pub until: Timestamp,
    /// Encrypted with the member's key.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restricted {
    /// True: earns to pending, cannot spend.
    pub restricted: bool,
    /// Encrypted with the member's key.
    pub reason: String,
}

/// The day on which it is celebrated: of those born on 29 February the 28th, in years without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Birthday {
    pub on: Date,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Savings {
    /// True: points turn into the programme's coupon by themselves. False: they are saved.
    pub convert: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// True: holds are released, points end, nothing is earned. False: the member earns again from here on.
    pub left: bool,
    /// Encrypted with the member's key.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segments {
    pub segments: BTreeSet<String>,
}
