//! What a member's document keeps of codes.

use std::{
    collections::BTreeSet,
    ops::{Deref, DerefMut},
};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::loyalty::mechanics::Keep;

/// Uses of codes without an order, with their day: `SUMMER/till-3-778`, a separator, `2026-11-20`. Documents of earlier engines have
/// no day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Uses(BTreeSet<String>);

/// Between a use and its day.
const ON: char = '\u{1d}';

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
    /// Takes note of a use; false when it is known already.
    pub fn add(&mut self, key: &str, on: Date) -> bool {
        self.of(key).next().is_none() && self.insert(format!("{key}{ON}{on}"))
    }

    /// Forgets one use of a code, if there is one.
    pub fn free(&mut self, key: &str) -> bool {
        let last = self.of(key).last().cloned();
        last.is_some_and(|last| self.remove(&last))
    }

    /// Forgets uses of days before this one.
    pub fn forget_before(&mut self, day: Date) {
        let on = |used: &str| used.split_once(ON)?.1.split(AGAIN).next()?.parse::<Date>().ok();
        self.retain(|used| on(used).is_none_or(|on| on >= day));
    }

    fn of<'u>(&'u self, key: &'u str) -> impl Iterator<Item = &'u String> {
        let begins = self.range(key.to_owned()..).take_while(move |used| used.starts_with(key));
        begins.filter(move |used| used.len() == key.len() || used[key.len()..].starts_with([ON, AGAIN]))
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_use_is_known_by_its_key_and_forgotten_by_its_day() {
        let mut uses: Uses = serde_json::from_str(r#"["SUMMER/1","SUMMER/10"]"#).unwrap(); // of an earlier engine
        let [early, late] = [date(2026, 1, 5), date(2026, 11, 20)];
        assert!(!uses.add("SUMMER/1", late) && uses.add("SUMMER/2", early) && !uses.add("SUMMER/2", late));
        assert!(uses.add("SUMMER/2\u{1e}partner", late), "another partner's");
        let came = uses.clone();
        uses.take_in(&came);
        assert_eq!(uses.len(), 8);
        uses.forget_before(date(2026, 2, 1));
        assert_eq!(uses.len(), 6, "what has no day stays");
        assert!(!uses.free("SUMMER/2"), "forgotten");
        assert_eq!([uses.free("SUMMER/1"), uses.free("SUMMER/1"), uses.free("SUMMER/1")], [true, true, false]);
        let partners = "SUMMER/2\u{1e}partner";
        assert_eq!([uses.free(partners), uses.free(partners), uses.free(partners)], [true, true, false]);
        assert_eq!(uses.len(), 2);
    }
}
