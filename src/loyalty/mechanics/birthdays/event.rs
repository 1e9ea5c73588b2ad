//! It is a member's birthday.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    loyalty::{
        counters,
        event::{About, EachText, Kind},
    },
    programme::BIRTHDAY,
};

/// The day on which it is celebrated: of those born on 29 February the 28th, in years without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Birthday {
    pub on: Date,
}

impl Kind for Birthday {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn limits(&self, about: &About<'_>, keys: &mut BTreeSet<String>) {
        counters::budgets(about.programmes, BIRTHDAY, keys);
    }
}
