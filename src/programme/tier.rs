//! Tiers: the levels a member climbs, what counts for them, and how they are lost.

use crate::values::span::Span;

/// One tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    pub id: String,
    pub name: String,
    /// Needed of what counts: points, minor units, or orders. None: nothing that counts leads to it, it is bought or given.
    pub threshold: Option<i64>,
    pub free_shipping: bool,
    pub early_access: bool,
    /// What the shop takes off its prices, in hundredths of a percent; 0 = nothing.
    pub discount: i64,
}

/// How members climb and fall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TierSettings {
    pub qualifies: Qualifies,
    pub window: TierWindow,
    /// How much longer a tier is kept after its term has ended.
    pub grace: Option<Span>,
    pub down: Down,
    /// Whether a refund that takes the reason for a tier takes the tier at once.
    pub refund_lowers: bool,
}

/// What counts for tiers. Never the balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qualifies {
    Points,
    Spend,
    Orders,
}

/// Where it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierWindow {
    /// The time before now; a tier is kept as long again.
    Rolling(Span),
    /// This calendar year; a tier is kept until the end of the next.
    Year,
    /// Everything ever; a tier is never lost.
    Lifetime,
}

/// Where a member falls whose term has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Down {
    /// To what is earned.
    Earned,
    /// One tier at most.
    OneStep,
}
