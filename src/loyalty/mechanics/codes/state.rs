//! What a member's document keeps of codes.

use std::{
    collections::BTreeSet,
    ops::{Deref, DerefMut},
};

use serde::{Deserialize, Serialize};

use crate::loyalty::mechanics::Keep;

/// Uses of codes without an order: `SUMMER/till-3-778`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Uses(BTreeSet<String>);

/// Between a use and its number, where two members that turned out to be one had used a code under one reference.
const AGAIN: char = '\u{1f}';

impl Keep for Uses {
    fn take_in(&mut self, came: &Self) {
        for used in &came.0 {
            let (mut place, mut number) = (used.clone(), 1);
            while !self.insert(place) {
                number += 1;
                place = format!("{used}{AGAIN}{number}");
            }
        }
    }
}

impl Uses {
    /// Forgets one use of a code, if there is one.
    pub fn free(&mut self, key: &str) -> bool {
        let same =
            |place: &&String| place.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(AGAIN));
        let last = self.range(key.to_owned()..).take_while(same).last().cloned();
        last.is_some_and(|last| self.remove(&last))
    }
}

impl Deref for Uses {
    type Target = BTreeSet<String>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Uses {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
