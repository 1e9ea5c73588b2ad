//! One person who was two members: what moves from one to the other, and back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::loyalty::{
    lately::Lately,
    limits::Limits,
    lot::{Claim, EndedHold, Hold, Lapsed, Lot, Payment},
    member::{Progress, Qualified, Saving},
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    pub into: String,
    /// Encrypted with the member's key.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absorbed {
    pub from: String,
    pub belongings: Belongings,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmerged {
    /// The member that goes its own way again.
    pub from: String,
    /// Encrypted with the member's key.
    pub reason: String,
}

/// Everything of a member that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Belongings {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lots: BTreeMap<String, Lot>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub holds: BTreeMap<String, Hold>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ended: BTreeMap<String, EndedHold>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub payments: BTreeMap<String, Payment>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, Claim>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub expired: BTreeMap<String, Lapsed>,
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub qualifying: BTreeMap<Date, Qualified>,
    #[serde(default)]
    pub progress: Progress,
    #[serde(default)]
    pub debt: i64,
    /// Uses of codes without an order.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub codes: BTreeSet<String>,
    /// Whoever had turned out to be this member before.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub absorbed: BTreeMap<String, BTreeSet<String>>,
    /// Members that it had been taken for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub restored_from: BTreeSet<String>,
    /// A member on hold stays so under its other name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub celebrated_on: Option<Date>,
    #[serde(default, skip_serializing_if = "Lately::is_empty")]
    pub lately: Lately,
    #[serde(default, skip_serializing_if = "Saving::is_default")]
    pub saving: Saving,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restricted: bool,
}

/// The shop names another member for an order than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLeft {
    pub order_id: String,
    /// Whose it is.
    pub to: String,
}
