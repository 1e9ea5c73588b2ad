//! Who publishes, and what is kept with a version: who made it, and why.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{store::published::PublishedRows, values::count::counted};

/// Who publishes, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Of the key, or as NocoDB names them.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The members that they are.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub own: BTreeSet<String>,
}

impl Person {
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Whether both are one, for all that is known: of one name, by one key, or one member.
    pub fn may_be(&self, other: &Self) -> bool {
        let same_key = self.key.is_some() && self.key == other.key;
        self.name == other.name || same_key || !self.own.is_disjoint(&other.own)
    }
}

/// Who made a version, and why, as it is kept with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub by: String,
    /// The second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled_back: Option<RolledBack>,
    /// Rows that stopped by themselves: that is all that the version changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stopped: Vec<Stopped>,
}

/// A row that gave so much more than was foreseen that it gives nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    pub table: String,
    /// What tells the row apart.
    pub row: String,
    /// The version since which it gave.
    pub since: u32,
    pub gave: i64,
    /// Points of 30 days.
    pub foreseen: i64,
}

impl Stopped {
    /// What a person reads of it; `number` is the version that stopped it.
    pub fn says(&self, number: u32) -> String {
        let Self { since, gave, foreseen, .. } = self;
        let gave = counted(*gave, "point");
        format!(
            "Stopped by itself (v{number}): it gave {gave} since v{since}; its forecast said {foreseen} in 30 days. Make it active and publish \
             to let it give again"
        )
    }
}

/// A version that says again what an earlier one said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolledBack {
    /// The number of that one.
    pub to: u32,
    pub reason: String,
    /// What was given too much since is taken back.
    pub take_back: bool,
    /// Tiers and badges that were given since by challenges that it does not have are ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub take_back_effects: bool,
}

impl RolledBack {
    /// Whether something is still to be done once it is live.
    pub fn takes(&self) -> bool {
        self.take_back || self.take_back_effects
    }
}

impl Note {
    /// What is known of a stored version.
    pub fn of(rows: &PublishedRows) -> Self {
        rows.note.as_deref().and_then(|note| serde_json::from_str(note).ok()).unwrap_or_default()
    }
}
