//! The versions of a brand's programme, each with the instant it took effect.

use std::sync::Arc;

use jiff::Timestamp;

use super::Programme;

/// One published version.
#[derive(Debug, Clone)]
pub struct Version {
    /// 1, 2, 3 ...
    pub number: u32,
    pub effective_at: Timestamp,
    pub programme: Arc<Programme>,
}

/// All versions up to the live one, oldest first; never empty.
#[derive(Debug, Clone)]
pub struct Programmes(Arc<Vec<Version>>);

impl Programmes {
    /// `None` when there is no version yet.
    pub fn new(versions: Vec<Version>) -> Option<Self> {
        (!versions.is_empty()).then(|| Self(Arc::new(versions)))
    }

    pub fn live(&self) -> &Version {
        &self.0[self.0.len() - 1]
    }

    /// The version in effect at `instant`; the first one for anything older.
    pub fn at(&self, instant: Timestamp) -> &Version {
        self.0.iter().rev().find(|version| version.effective_at <= instant).unwrap_or(&self.0[0])
    }

    /// A version by number; the live one if there is no such (numbers come from our own records).
    pub fn number(&self, number: u32) -> &Version {
        self.0.iter().find(|version| version.number == number).unwrap_or_else(|| self.live())
    }

    /// The history as it stood when `number` was live: what a replay must see.
    #[must_use]
    pub fn as_of(&self, number: u32) -> Self {
        if self.live().number <= number {
            return self.clone();
        }
        let known: Vec<Version> = self.0.iter().filter(|version| version.number <= number).cloned().collect();
        Self::new(known).unwrap_or_else(|| self.clone())
    }

    /// The history with one more version.
    #[must_use]
    pub fn with(&self, version: Version) -> Self {
        let mut versions = self.0.to_vec();
        versions.push(version);
        Self(Arc::new(versions))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Version> {
        self.0.iter()
    }
}
