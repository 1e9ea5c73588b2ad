//! What points and codes buy: rewards of the table `Rewards`, offers of the table `Codes`.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::names;

/// One reward.
#[derive(Debug, Clone, PartialEq)]
pub struct Reward {
    pub id: String,
    pub name: String,
    pub kind: RewardKind,
    /// Points.
    pub cost: i64,
    /// How many there are in all; `None` = no end of them.
    pub stock: Option<i64>,
    /// How many one member may take, ever.
    pub per_member: Option<i64>,
    /// Half-open: `from <= instant < until`.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub tiers: Vec<String>,
    pub segments: Vec<String>,
    /// Of a menu of which a member picks `pick`.
    pub group: Option<String>,
    pub pick: Option<i64>,
    /// The offer that a coupon's code is worth.
    pub offer: Option<String>,
    /// The goods that are handed over, as the shop names them; told with each claim.
    pub goods: Vec<String>,
}

impl Reward {
    /// Whether the member's tier and segments are those it is for.
    pub fn is_for(&self, tier: &str, segments: &BTreeSet<String>) -> bool {
        is_for((&self.tiers, tier), (&self.segments, segments))
    }
}

impl Offer {
    /// Whether the member's tier and segments are those it is for.
    pub fn is_for(&self, tier: &str, segments: &BTreeSet<String>) -> bool {
        is_for((&self.tiers, tier), (&self.segments, segments))
    }
}

fn is_for((tiers, tier): (&[String], &str), (of, segments): (&[String], &BTreeSet<String>)) -> bool {
    let in_segment = segments.iter().any(|segment| names::any_is(of, segment));
    (tiers.is_empty() || names::any_is(tiers, tier)) && (of.is_empty() || in_segment)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RewardKind {
    /// A code of an offer.
    Coupon,
    Gift,
    Experience,
    Perk,
    Donation,
    /// A signed claim goes to an issuer; what it answers comes back as an event.
    External,
}

impl RewardKind {
    pub const NAMES: [(&'static str, Self); 6] = [
        ("coupon", Self::Coupon),
        ("gift", Self::Gift),
        ("experience", Self::Experience),
        ("perk", Self::Perk),
        ("donation", Self::Donation),
        ("external", Self::External),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// What a code is worth and who may use it.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub id: String,
    pub name: String,
    pub benefit: Benefit,
    /// A code that everybody knows; `None` = codes are generated or listed.
    pub code: Option<String>,
    /// Goods it applies to, as path prefixes; empty = all.
    pub goods: Vec<String>,
    /// Half-open: `from <= instant < until`.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub tiers: Vec<String>,
    pub segments: Vec<String>,
    /// Uses of one code; `None` = any number.
    pub uses: Option<i64>,
    /// Uses by one member of this offer's codes.
    pub per_member: Option<i64>,
    /// The partner whose key alone may redeem it.
    pub partner: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Benefit {
    /// Percent of the goods.
    Percent(i64),
    /// Minor units off the goods.
    Amount(i64),
    /// One piece of this article.
    FreeItem(String),
    FreeShipping,
}
