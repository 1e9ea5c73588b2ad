//! The tables that a marketer writes: what they are, and the core's own, checked. Pure: rows in, a [`Core`] or problems per cell
//! out. What mechanics read of them stands with the mechanics.

pub mod audience;
pub mod changes;
pub mod check;
pub mod condition;
pub mod csv;
pub mod goods;
pub mod lists;
mod look;
mod lost;
pub mod names;
pub mod product;
pub mod reading;
pub mod rows;
mod rule;
pub mod sample;
mod seen;
mod settings;
pub mod settings_rows;
pub mod tables;
pub mod templates;
mod store;
mod tier;
pub mod times;
pub mod translations;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

pub use check::{
    LANGUAGES, WHOLE, core,
    texts::TEXTS,
    tiers::{TIERS, has_tier},
};
pub use look::{Known, look};
pub use lost::{lost, meaning_fewer};
pub use product::Products;
pub use rows::{Problem, Row, Tables};
pub use rule::{
    BIRTHDAY, Cap, CapInForce, Effect, GOAL_DONE, JOINED, NUMBERED, OF_A_RULE, OF_ALL_RULES, PURCHASE, Period, Rule,
    SEGMENT_ENTERED, SEGMENT_LEFT, Stacking, TIER_CHANGED, Wait, is_derived,
};
pub use seen::{ORDERS_ENOUGH, Seen};
pub use settings::{NewMembers, PointsOn, RefundPolicy, Sender, Settings, Spending};
pub use store::{Outlet, Stores};
pub use tier::{Down, Qualifies, Tier, TierSettings, TierWindow};
pub use translations::Translations;

/// The core tables of one checked programme: what it is beside the mechanics.
#[derive(Debug, Clone, PartialEq)]
pub struct Core {
    pub settings: Settings,
    /// In the order of the table.
    pub rules: Vec<Rule>,
    /// By ascending threshold, the first one with 0; last of all those that nothing leads to.
    pub tiers: Vec<Tier>,
    pub texts: Vec<Text>,
    /// Versions with the same rows share them.
    pub products: Arc<Products>,
    pub stores: Stores,
    pub translations: Translations,
    /// What conditions read: an order keeps what of it is the member's.
    pub reads: Reads,
}

/// What conditions read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reads {
    pub facts: BTreeSet<condition::Fact>,
    /// Challenges whose measures are read, by their ids.
    pub measures: BTreeSet<String>,
}

impl Reads {
    pub fn by<'c>(conditions: impl Iterator<Item = &'c condition::Condition>) -> Self {
        let mut reads = Self::default();
        for condition in conditions {
            reads.facts.extend(condition.reads());
            reads.measures.extend(condition.measures().iter().cloned());
        }
        reads
    }

    /// And what others read.
    pub fn and(&mut self, others: Self) {
        self.facts.extend(others.facts);
        self.measures.extend(others.measures);
    }
}

/// One text in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub id: String,
    pub language: String,
    pub subject: String,
    /// A template over the facts, in Jinja syntax.
    pub body: String,
    /// What the model is reads for; empty = the template is used as it is.
    pub prompt: String,
}

impl Core {
    /// The text in the wanted language, else in the programme's, else in English, else any.
    pub fn text(&self, id: &str, language: Option<&str>) -> Option<&Text> {
        let texts: BTreeMap<&str, &Text> =
            self.texts.iter().filter(|text| text.id == id).map(|text| (text.language.as_str(), text)).collect();
        let wanted = [language.unwrap_or_default(), &self.settings.language, "en"];
        wanted.iter().find_map(|language| texts.get(language)).or_else(|| texts.values().next()).copied()
    }

    /// What a cell of the programme says, in this language as far as it is translated; in the programme's own where none is known.
    pub fn said<'a>(&'a self, language: Option<&str>, words: &'a str) -> &'a str {
        self.translations.of(language.unwrap_or(&self.settings.language), words)
    }

    /// Whether points of any rule wait for an event of this kind.
    pub fn awaits(&self, kind: &str) -> bool {
        let waits = self.rules.iter().filter_map(|rule| rule.wait.as_ref()).chain([&self.settings.wait]);
        waits.into_iter().any(|wait| matches!(wait, Wait::Event(awaited) if names::same(awaited, kind)))
    }

    /// The rules that give points for purchases.
    pub fn rules_of_purchases(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| rule.event == PURCHASE)
    }

    /// The caps on what a member gets from this rule at this instant: the rule's own, and that of all rules.
    pub fn caps(&self, rule: &Rule, at: Timestamp) -> Vec<CapInForce> {
        let own = rule.cap.map(|cap| (format!("{OF_A_RULE}{}", rule.id), cap, false));
        let of_all = self.settings.cap.map(|cap| (OF_ALL_RULES.to_owned(), cap, true));
        let caps = own.into_iter().chain(of_all);
        let in_force = caps.map(|(limit, Cap { most, per }, of_all_rules)| CapInForce {
            limit,
            period: per.name(at, &self.settings.zone),
            most,
            per,
            of_all_rules,
        });
        in_force.collect()
    }

    /// Position of a tier; an unknown one (removed since) ranks lowest.
    pub fn tier_rank(&self, id: &str) -> usize {
        self.tiers.iter().position(|tier| names::same(&tier.id, id)).unwrap_or(0)
    }

    /// The next one that can be climbed to from this tier.
    pub fn next_tier(&self, id: &str) -> Option<(&Tier, i64)> {
        self.tiers.get(self.tier_rank(id) + 1).and_then(|next| Some((next, next.threshold?)))
    }

    /// The tier of this name.
    pub fn tier(&self, id: &str) -> Option<&Tier> {
        self.tiers.iter().find(|tier| names::same(&tier.id, id))
    }
}
