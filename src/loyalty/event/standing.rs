//! What changes how a member stands without a purchase: by hand, by joining, by time, by the profile system.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::kind::{About, EachText, Kind};
use crate::{
    loyalty::counters,
    programme::JOINED,
    values::{
        bounds::{POINTS, TooLarge, points_of_event},
        span::Span,
    },
};

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
    /// It bought, and nobody asked it: its points wait until it accepts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unaccepted: bool,
}

/// The member accepts to be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Accepted {}

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

impl Kind for Adjustment {
    fn each_text(&mut self, see: EachText<'_>) {
        see("reason", &mut self.reason);
    }

    fn bounded(&self) -> Result<(), TooLarge> {
        points_of_event(self.points, -POINTS)
    }

    fn counts(&self, about: &About<'_>, keys: &mut BTreeSet<String>) {
        let Some(by) = &self.by else { return };
        // Midnight may pass until it is decided.
        let zone = &about.programmes.live().programme.settings.zone;
        let soon = about.now.saturating_add(SignedDuration::from_mins(1)).unwrap_or(about.now);
        keys.extend([about.now, soon].map(|at| counters::by_hand(by, at.to_zoned(zone.clone()).date())));
    }
}

impl Kind for Joined {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn limits(&self, about: &About<'_>, keys: &mut BTreeSet<String>) {
        counters::budgets(about.programmes, JOINED, keys);
    }
}

impl Kind for Accepted {
    fn each_text(&mut self, _: EachText<'_>) {}
}

impl Kind for TimePassed {
    fn each_text(&mut self, _: EachText<'_>) {}
}

impl Kind for Reactivated {
    fn each_text(&mut self, see: EachText<'_>) {
        see("reason", &mut self.reason);
    }
}

impl Kind for TierGranted {
    fn each_text(&mut self, see: EachText<'_>) {
        see("reason", &mut self.reason);
    }
}

impl Kind for Restricted {
    fn each_text(&mut self, see: EachText<'_>) {
        see("reason", &mut self.reason);
    }
}

impl Kind for Membership {
    fn each_text(&mut self, see: EachText<'_>) {
        see("reason", &mut self.reason);
    }
}

impl Kind for Segments {
    fn each_text(&mut self, _: EachText<'_>) {}
}

impl Segments {
    pub fn line(&self) -> String {
        if self.segments.is_empty() {
            return "in no segment".to_owned();
        }
        format!("in segments {}", self.segments.iter().cloned().collect::<Vec<_>>().join(", "))
    }
}

impl Membership {
    pub fn line(&self) -> String {
        if self.left { "left the programme" } else { "came back to the programme" }.to_owned()
    }
}

impl Restricted {
    pub fn line(&self) -> String {
        if self.restricted { "account put on hold" } else { "account no longer on hold" }.to_owned()
    }
}
