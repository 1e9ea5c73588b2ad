//! Who is among those that spent most in a year. A place among all members does not follow from one member's document: what it
//! takes is worked out for all of them now and then. A decision that goes by a newer one than the member's document holds says so in
//! its row, so a replay needs nothing but that.

use std::{cmp::Reverse, collections::BTreeMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What those who spent most in a year had spent at least, as it was at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopSpend {
    pub at: Timestamp,
    /// Minor units, by the share of those who ordered in that year, in hundredths of a percent.
    pub least: BTreeMap<i64, i64>,
}

impl TopSpend {
    /// From what each member spent in the year. A share is rounded up, so that somebody is in it; whoever spent the same is in it, too.
    pub fn of(at: Timestamp, shares: impl IntoIterator<Item = i64>, mut spent: Vec<i64>) -> Self {
        spent.sort_unstable_by_key(|spent| Reverse(*spent));
        let members = i128::try_from(spent.len()).unwrap_or(i128::MAX);
        let last_of = |share: i64| {
            let many = (members * i128::from(share) + 9_999) / 10_000;
            spent.get(usize::try_from(many - 1).ok()?).copied()
        };
        let least = shares.into_iter().filter_map(|share| Some((share, last_of(share)?)));
        Self { at, least: least.collect() }
    }

    /// The one that was worked out later.
    pub fn newest<'t>(one: Option<&'t Self>, other: Option<&'t Self>) -> Option<&'t Self> {
        one.into_iter().chain(other).max_by_key(|top| top.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn least(share: i64, spent: &[i64]) -> Option<i64> {
        TopSpend::of(Timestamp::UNIX_EPOCH, [share], spent.to_vec()).least.get(&share).copied()
    }

    #[test]
    fn a_share_is_rounded_up_and_equals_are_in_it_together() {
        let hundred: Vec<i64> = (1..=100).collect();
        assert_eq!(least(500, &hundred), Some(96), "five of a hundred");
        assert_eq!(least(501, &hundred), Some(95), "rounded up");
        assert_eq!(least(500, &[7, 9, 8]), Some(9), "one of three");
        assert_eq!(least(5_000, &[5, 9, 5, 5]), Some(5), "two of four, and who spent the same");
        assert_eq!(least(10_000, &[3, 1, 2]), Some(1), "everybody");
        assert_eq!(least(500, &[]), None, "nobody ordered");
    }
}
