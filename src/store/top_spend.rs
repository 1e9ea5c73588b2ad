//! What those who spent most had spent, each time it was worked out anew.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};
use crate::loyalty::mechanics::segments::TopSpend;

/// So many are kept. Decisions hold what they went by themselves; a forecast goes by these.
const KEPT: usize = 120;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkedOut {
    /// Oldest first.
    pub all: Vec<TopSpend>,
    /// Shares that were asked for when it was worked out last.
    pub shares: BTreeSet<i64>,
    pub begun: Timestamp,
    pub ended: Timestamp,
}

impl WorkedOut {
    /// That of a brand, once there is one.
    pub async fn of(store: &Store, brand: &str) -> Result<Option<Self>, StoreError> {
        let text = store.progress_of(&name(brand)).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// The same with what came out now; where that is as it was, nothing was worked out anew.
    #[must_use]
    pub fn and(last: Option<Self>, shares: BTreeSet<i64>, (begun, top): (Timestamp, TopSpend)) -> Self {
        let (mut all, ended) = (last.map(|last| last.all).unwrap_or_default(), top.at);
        if all.last().is_none_or(|last| last.least != top.least) {
            all.push(top);
        }
        all.drain(..all.len().saturating_sub(KEPT));
        Self { all, shares, begun, ended }
    }

    pub async fn keep(&self, store: &Store, brand: &str) -> Result<(), StoreError> {
        let text = serde_json::to_string(self).unwrap_or_default(); // our own types always serialize
        store.keep_progress(&name(brand), &text).await
    }
}

fn name(brand: &str) -> String {
    format!("top spend of {brand}")
}
