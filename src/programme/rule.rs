//! Rules: what members get points for.

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{condition::Condition, goods::Goods, names, times::Times};
use crate::values::{
    calendar,
    near::Near,
    span::{Span, SpanError},
};

/// The name of purchases in the `Event` column.
pub const PURCHASE: &str = "purchase";
/// The event that rules for birthdays name.
pub const BIRTHDAY: &str = "birthday";
/// The event that rules for new members name.
pub const JOINED: &str = "joined";

/// Events that the ledger tells itself of a member; with a colon and a name behind they are of one challenge, tier or segment.
pub const GOAL_DONE: &str = "goal.done";
pub const TIER_CHANGED: &str = "tier.changed";
pub const SEGMENT_ENTERED: &str = "segment.entered";
pub const SEGMENT_LEFT: &str = "segment.left";

/// Whether events of this type are what the ledger tells itself: `goal.done` of any challenge, `goal.done:coffee-card` of one.
pub fn is_derived(kind: &str) -> bool {
    let of = kind.split(':').next().unwrap_or_default();
    [GOAL_DONE, TIER_CHANGED, SEGMENT_ENTERED, SEGMENT_LEFT].iter().any(|own| names::same(own, of))
}

/// The type of the connector's own events that a mistyped one probably means.
pub fn own_event_near(kind: &str) -> Option<String> {
    let (word, of) = kind.split_at(kind.find(':').unwrap_or(kind.len()));
    let own = [PURCHASE, BIRTHDAY, JOINED, GOAL_DONE, TIER_CHANGED, SEGMENT_ENTERED, SEGMENT_LEFT];
    Near::of(own).slip(word.trim()).map(|own| format!("{own}{of}"))
}

/// A member's first purchases have a number, up to this one.
pub const NUMBERED: u8 = 20;

/// The limits in a member's document: points by one rule (with its id behind), and points by all rules.
pub const OF_A_RULE: &str = "rule:";
pub const OF_ALL_RULES: &str = "rules";

/// One rule. All its conditions must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Stable key of the rule across versions.
    pub id: String,
    /// What a member reads.
    pub name: String,
    /// `purchase`, or the type of an event.
    pub event: String,
    /// The goods that it looks at.
    pub goods: Goods,
    /// Orders of one of these; empty = of all.
    pub stores: Vec<String>,
    pub channels: Vec<String>,
    /// One of these segments; empty = everybody.
    pub segments: Vec<String>,
    /// None of these segments.
    pub not_segments: Vec<String>,
    /// One of these tiers; empty = everybody.
    pub tiers: Vec<String>,
    /// Half-open: `from <= instant < until`.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// By the clock of the programme.
    pub times: Times,
    pub first_purchase: bool,
    /// The purchase of this number only: 3 is the third.
    pub nth_purchase: Option<u8>,
    /// Only orders whose goods that can earn come to so many minor units, after discounts and returns.
    pub smallest_order: Option<i64>,
    /// What must hold besides, looked at last.
    pub condition: Option<Condition>,
    /// A surprise: one order or event in so many, drawn by its id.
    pub one_in: Option<i64>,
    /// What becomes of other rules that apply beside it, and it of them.
    pub stacking: Stacking,
    pub group: String,
    /// Lower ones go first.
    pub priority: i64,
    pub effect: Effect,
    pub expires: Option<Span>,
    /// When the points can be spent; `None` = as the programme says.
    pub wait: Option<Wait>,
    /// Points that still wait for a delivery or an event so long after the order or event are lost.
    pub activate_by: Option<Span>,
    /// Most points one member gets from this rule in a period.
    pub cap: Option<Cap>,
    /// Most points the rule gives to all members together, ever.
    pub budget: Option<i64>,
    /// Goods that its points may pay, as path prefixes; empty = all.
    pub spendable_on: Vec<String>,
    /// Whether its points count for tiers.
    pub qualifying: bool,
    /// Given beside points: a row of Rewards for no points, and a code of a row of Codes.
    pub reward: Option<String>,
    pub code_offer: Option<String>,
}

impl Rule {
    /// Whether it gives something beside points.
    pub fn gives_more(&self) -> bool {
        self.reward.is_some() || self.code_offer.is_some()
    }
}

/// What a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// `points` for every full `per` minor units of the eligible lines.
    PerAmount { points: i64, per: i64 },
    /// The base points of the eligible lines times this many thousandths, less the base itself. Multipliers add up.
    Multiply { thousandths: i64 },
    /// A fixed number, once per order or event.
    Fixed { points: i64 },
    /// So many hundredths of a percent of the eligible lines come back, as points of which `points` are worth `per` minor units;
    /// rounded half up, once per order.
    PercentBack { hundredths: i64, points: i64, per: i64 },
}

/// How a rule stands to the others that apply to the same order or event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stacking {
    /// Gives beside all others.
    #[default]
    Add,
    /// Of the rules of its group only the one that gives most; of equals the one that goes first.
    BestOfGroup,
    /// When it gives something, those that come after it give nothing.
    Stop,
}

impl Effect {
    /// Whether its points are what multipliers multiply.
    pub fn gives_base(self) -> bool {
        matches!(self, Self::PerAmount { .. } | Self::PercentBack { .. })
    }
}

/// When awarded points can be spent, as a marketer writes it: empty, `14D`, `delivery`, `delivery+14D`, `event:course.done`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wait {
    #[default]
    None,
    /// So long after the payment.
    For(Span),
    /// So long after the delivery.
    Delivery(Option<Span>),
    /// When this event comes.
    Event(String),
}

impl std::str::FromStr for Wait {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let (word, rest) = text.split_once([':', '+']).map_or((text, None), |(word, rest)| (word, Some(rest)));
        match (word.trim().to_lowercase().as_str(), rest) {
            ("none", None) => Ok(Self::None),
            ("delivery", None) => Ok(Self::Delivery(None)),
            ("delivery", Some(span)) => Ok(Self::Delivery(Some(span.trim().parse()?))),
            ("event", Some(kind)) if !kind.is_empty() => Ok(Self::Event(kind.to_owned())),
            _ => Ok(Self::For(text.parse()?)),
        }
    }
}

/// So much in each period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    pub most: i64,
    pub per: Period,
}

/// A cap in the period that an instant lies in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapInForce {
    /// By what the member's limits keep it, and for which period.
    pub limit: String,
    pub period: String,
    pub most: i64,
    pub per: Period,
    /// Of all rules together, not of this one.
    pub of_all_rules: bool,
}

/// A calendar period in the programme's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Day,
    Week,
    Month,
    Year,
    Lifetime,
}

impl Period {
    /// Names the period an instant lies in, so that names of one kind sort by time.
    pub fn name(self, at: Timestamp, zone: &TimeZone) -> String {
        let day = at.to_zoned(zone.clone()).date();
        match self {
            Self::Day => day.to_string(),
            Self::Week => calendar::week(day),
            Self::Month => calendar::month(day),
            Self::Year => calendar::year(day),
            Self::Lifetime => "ever".to_owned(),
        }
    }
}

impl std::str::FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "day" => Ok(Self::Day),
            "week" => Ok(Self::Week),
            "month" => Ok(Self::Month),
            "year" => Ok(Self::Year),
            "lifetime" => Ok(Self::Lifetime),
            other => Err(format!("`{other}` is none of day, week, month, year, lifetime")),
        }
    }
}
