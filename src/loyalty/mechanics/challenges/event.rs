//! A member joined a challenge; somebody added steps to one by hand.

use serde::{Deserialize, Serialize};

use crate::{
    loyalty::event::{EachText, Kind},
    values::bounds::{TooLarge, within},
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeJoined {
    pub challenge: String,
}

impl Kind for ChallengeJoined {
    fn each_text(&mut self, _: EachText<'_>) {}
}

/// Steps that a person added, or took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeCorrected {
    pub challenge: String,
    pub steps: i64,
    /// Encrypted with the member's key.
    pub reason: String,
}

/// Steps of one correction.
pub const STEPS: i64 = 1000;

impl Kind for ChallengeCorrected {
    fn each_text(&mut self, see: EachText<'_>) {
        see("reason", &mut self.reason);
    }

    fn amount_at(&self) -> &'static str {
        "/steps"
    }

    fn bounded(&self) -> Result<(), TooLarge> {
        within(self.steps, -STEPS, STEPS, ("/steps", "the steps of one correction"))
    }
}
