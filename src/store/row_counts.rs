//! How many members stand how with each row, as it was counted last.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};
use crate::loyalty::mechanics::RowCounts;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    pub counts: RowCounts,
    /// The version by which it was counted.
    pub version: u32,
    pub begun: Timestamp,
    pub ended: Timestamp,
}

impl Counted {
    /// That of a brand, once there is one.
    pub async fn of(store: &Store, brand: &str) -> Result<Option<Self>, StoreError> {
        let text = store.progress_of(&name(brand)).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    pub async fn keep(&self, store: &Store, brand: &str) -> Result<(), StoreError> {
        let text = serde_json::to_string(self).unwrap_or_default(); // our own types always serialize
        store.keep_progress(&name(brand), &text).await
    }
}

fn name(brand: &str) -> String {
    format!("members by row of {brand}")
}
