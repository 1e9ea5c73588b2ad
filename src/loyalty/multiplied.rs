//! What the base points of an order are multiplied by for its member's sake: read once, as the order first comes, and kept in it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::programme::{Rule, check::rules};

/// It gives like a rule beside the programme's own, to whatever base points these give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Multiplied {
    /// What entries and lots name as their rule; no rule has this name.
    pub by: String,
    /// What a member reads.
    pub name: String,
    pub thousandths: i64,
    /// When it ends.
    pub until: Timestamp,
}

impl Multiplied {
    pub fn rule(&self) -> Rule {
        rules::multiplier(self.by.clone(), self.name.clone(), self.thousandths)
    }
}
