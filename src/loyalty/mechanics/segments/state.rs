//! What a member's document keeps of segments: those it is in, and the lists that name it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::TopSpend;
use crate::loyalty::mechanics::Keep;

/// The segments of ours that the member is in, as it stood when that was last worked out. It follows from the rest of the document,
/// so it goes nowhere with a merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Placed {
    #[serde(default, rename = "in", skip_serializing_if = "BTreeSet::is_empty")]
    pub segments: BTreeSet<String>,
    /// When time alone may change them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_at: Option<Timestamp>,
    /// What it was worked out with, where a row asks who spent most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_spend: Option<TopSpend>,
}

impl Keep for Placed {
    fn leave(&mut self) -> Self {
        Self::default()
    }

    fn take_in(&mut self, _: &Self) {}
}

/// Segments whose lists name the member, or who turned out to be it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Listed(pub BTreeMap<String, BTreeSet<String>>);

impl Keep for Listed {
    fn take_in(&mut self, came: &Self) {
        self.0.extend(came.0.clone());
    }

    fn give_back(&mut self, owners: &BTreeSet<String>) -> Self {
        Self(owners.iter().filter_map(|owner| self.0.remove_entry(owner)).collect())
    }
}

impl Listed {
    /// Those of the member's own.
    pub fn of(&self, member: &str) -> Option<&BTreeSet<String>> {
        self.0.get(member)
    }

    pub fn names(&self, segment: &str) -> bool {
        self.0.values().any(|segments| segments.contains(segment))
    }
}
