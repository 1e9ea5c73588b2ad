//! The programme a marketer wrote, checked and versioned. Pure: rows in, a `Programme` or problems per cell out.
//! Guarantees: a programme that exists is complete and consistent; a broken row never becomes one.

mod check;
mod history;
mod reading;
pub mod rows;
pub mod sample;

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};

use crate::loyalty::span::Span;

pub use check::{LANGUAGES, check};
pub use history::{Programmes, Version};
pub use rows::{Problem, Row, TABLES, Tables};

/// One checked programme.
#[derive(Debug, Clone, PartialEq)]
pub struct Programme {
    pub settings: Settings,
    /// In the order of the table.
    pub rules: Vec<Rule>,
    /// By ascending threshold; the first one has threshold 0.
    pub tiers: Vec<Tier>,
    pub texts: Vec<Text>,
}

/// The one row of the table `Programme`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub name: String,
    pub currency: String,
    pub zone: TimeZone,
    pub language: String,
    /// When points expire whose rule says nothing; `None` = never.
    pub expires: Option<Span>,
    /// Window in which qualifying points count for a tier, and how long a tier is kept.
    pub tier_window: Span,
    /// Categories that never earn (gift cards ...), as path prefixes.
    pub excluded: Vec<String>,
    /// Whether an unknown member joins by itself.
    pub join: bool,
    /// Who sends the thank-you.
    pub thank_you: Sender,
}

/// Who does a thing that both could do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    Connector,
    N8n,
    Nobody,
}

impl Sender {
    pub fn name(self) -> &'static str {
        match self {
            Self::Connector => "connector",
            Self::N8n => "n8n",
            Self::Nobody => "nobody",
        }
    }
}

/// One rule. All its conditions must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Stable key of the rule across versions.
    pub id: String,
    /// What a member reads.
    pub name: String,
    /// `purchase`, or the type of an event.
    pub event: String,
    /// Path prefixes; empty = all goods.
    pub categories: Vec<String>,
    /// One of these segments; empty = everybody.
    pub segments: Vec<String>,
    /// One of these tiers; empty = everybody.
    pub tiers: Vec<String>,
    /// Half-open: `from <= instant < until`.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub first_purchase: bool,
    pub effect: Effect,
    pub expires: Option<Span>,
    /// Whether its points count for tiers.
    pub qualifying: bool,
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
}

/// One tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    pub id: String,
    pub name: String,
    /// Qualifying points needed.
    pub threshold: i64,
}

/// One text in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub id: String,
    pub language: String,
    pub subject: String,
    /// A template over the facts, in Jinja syntax.
    pub body: String,
    /// What the model is asked for; empty = the template is used as it is.
    pub prompt: String,
}

impl Programme {
    /// The text in the wanted language, else in the programme's, else in English, else any.
    pub fn text(&self, id: &str, language: Option<&str>) -> Option<&Text> {
        let texts: BTreeMap<&str, &Text> =
            self.texts.iter().filter(|text| text.id == id).map(|text| (text.language.as_str(), text)).collect();
        let wanted = [language.unwrap_or_default(), &self.settings.language, "en"];
        wanted.iter().find_map(|language| texts.get(language)).or_else(|| texts.values().next()).copied()
    }

    /// Position of a tier; an unknown one (removed since) ranks lowest.
    pub fn tier_rank(&self, id: &str) -> usize {
        self.tiers.iter().position(|tier| tier.id == id).unwrap_or(0)
    }
}

/// Whether `path` lies at or below `prefix`, by whole segments: `sport/shoes` holds `sport/shoes/running`, not `sport/shoeshine`.
pub fn category_within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
