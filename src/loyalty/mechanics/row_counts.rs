//! How many members stand how with each row: who is in a segment, who is on the way in a challenge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a member stands with a row; with a challenge that is done again and again in more than one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    Within,
    UnderWay,
    Done,
    Missed,
    /// Is within, and was not a week ago.
    Came,
    /// Was within a week ago, and is not.
    Left,
}

/// Members by table, row, and how they stand with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct RowCounts(BTreeMap<String, BTreeMap<String, BTreeMap<Stands, u64>>>);

impl RowCounts {
    pub fn add(&mut self, (table, row): (&str, &str), stands: Stands) {
        let rows = self.0.entry(table.to_owned()).or_default();
        *rows.entry(row.to_owned()).or_default().entry(stands).or_default() += 1;
    }

    /// How many; none is 0.
    pub fn of(&self, (table, row): (&str, &str), stands: Stands) -> u64 {
        self.0.get(table).and_then(|rows| rows.get(row)?.get(&stands)).copied().unwrap_or(0)
    }
}
