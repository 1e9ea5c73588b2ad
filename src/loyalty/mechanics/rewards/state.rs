//! What a member's document keeps of rewards.

use std::{
    collections::BTreeMap,
    ops::{Deref, DerefMut},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::loyalty::{lot::Part, mechanics::Keep};

/// Rewards taken, by id of the claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Claims(BTreeMap<String, Claim>);

/// A reward that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub reward: String,
    pub state: ClaimState,
    pub parts: Vec<Part>,
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The day among whose spent points it counts, where the programme limits them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    Claimed,
    Fulfilled,
    Cancelled,
}

impl Keep for Claims {
    fn take_in(&mut self, came: &Self) {
        self.extend(came.0.clone());
    }
}

impl Deref for Claims {
    type Target = BTreeMap<String, Claim>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Claims {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
