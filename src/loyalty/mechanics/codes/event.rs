//! A code was used, or its use given back.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    loyalty::{
        counters,
        event::{About, EachText, Kind},
    },
    values::code::normal,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeUse {
    pub code: String,
    /// Tells one use from another of the same code by the same member.
    pub reference: String,
    /// The partner whose key asks; codes of others are not its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
}

impl Kind for CodeUse {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn counts(&self, _: &About<'_>, keys: &mut BTreeSet<String>) {
        keys.insert(counters::code(&normal(&self.code)));
    }
}
