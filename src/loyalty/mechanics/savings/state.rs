//! What a member's document keeps of savings.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::loyalty::mechanics::Keep;

/// A member's own choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Saving {
    /// Points stay until the member spends them.
    #[default]
    Save,
    /// They turn into the programme's coupon as soon as they are enough for one.
    Convert,
    /// The same, and one is just on its way.
    Converting,
}

impl Keep for Saving {
    fn take_in(&mut self, came: &Self) {
        if *self == Self::Save && *came != Self::Save {
            *self = Self::Convert;
        }
    }
}

/// When points could not turn into a coupon although they were enough. It stays with the member whose points they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Unconverted(pub Option<Timestamp>);

impl Keep for Unconverted {
    fn leave(&mut self) -> Self {
        Self::default()
    }

    fn take_in(&mut self, _: &Self) {}
}
