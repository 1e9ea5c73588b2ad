//! What a member's document keeps of stamps.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::loyalty::mechanics::Keep;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Stamps {
    /// By order.
    pub given: BTreeMap<String, Timestamp>,
    pub ended_at: Option<Timestamp>,
}

impl Keep for Stamps {
    fn take_in(&mut self, came: &Self) {
        self.given.extend(came.given.clone());
    }
}
