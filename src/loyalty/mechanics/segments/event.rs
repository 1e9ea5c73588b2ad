//! Somebody looked at a member because the table of segments changed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::loyalty::event::{EachText, Kind};

/// What a look tells that the ledger cannot know: which lists name the member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct SegmentsLooked {
    #[serde(default)]
    pub listed: BTreeSet<String>,
}

impl Kind for SegmentsLooked {
    fn each_text(&mut self, _: EachText<'_>) {}
}
