//! Whom a row is for: tiers and segments, where it names any.

use std::collections::BTreeSet;

use super::names;

/// Whether a member's tier and segments are among those that a row names.
pub fn is_for((tiers, tier): (&[String], &str), (of, segments): (&[String], &BTreeSet<String>)) -> bool {
    let in_segment = segments.iter().any(|segment| names::any_is(of, segment));
    (tiers.is_empty() || names::any_is(tiers, tier)) && (of.is_empty() || in_segment)
}
