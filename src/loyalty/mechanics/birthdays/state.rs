//! What a member's document keeps of birthdays.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::loyalty::mechanics::Keep;

/// The last birthday that was celebrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Celebrated(pub Option<Date>);

impl Keep for Celebrated {
    /// It stays with both: neither is celebrated again.
    fn leave(&mut self) -> Self {
        *self
    }

    fn take_in(&mut self, came: &Self) {
        self.0 = self.0.max(came.0);
    }

    fn carried(&self) -> Self {
        *self
    }
}
