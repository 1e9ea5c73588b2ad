//! The versions of a brand's programme, each with the instant it took effect.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use jiff::{SignedDuration, Timestamp};

use super::{
    Programme,
    measures::{self, Prepared},
    mechanics::{self, segments::TopSpend},
};
use crate::programme::names;

/// One published version.
#[derive(Debug, Clone)]
pub struct Version {
    /// 1, 2, 3 ...
    pub number: u32,
    pub effective_at: Timestamp,
    pub programme: Arc<Programme>,
}

/// When a measure began.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// Number and beginning of the version that first needed it.
    pub version: u32,
    pub at: Timestamp,
    /// Its name with that number: what documents keep it by.
    pub key: String,
}

/// From a version on, by its place, windows were final so many days after their ends.
#[derive(Debug, Clone, Copy)]
struct Late {
    from: usize,
    effective_at: Timestamp,
    days: i64,
}

/// Measures by name.
type Begun = BTreeMap<String, Beginning>;

/// All versions up to the live one, oldest first; never empty.
#[derive(Debug, Clone)]
pub struct Programmes {
    all: Arc<Vec<Version>>,
    /// For each of them, the measures that it needs and when each began: with the first version since which all need it.
    begun: Arc<Vec<Begun>>,
    /// The same for the measures that are needed of everybody, put in order when they are first asked for.
    prepared: Arc<Vec<OnceLock<Prepared>>>,
    /// Whether a version has a measure that counts the past.
    past: Arc<Vec<bool>>,
    /// How many of them are known.
    known: usize,
    /// How long windows stayed open by these versions.
    late: Arc<Vec<Late>>,
    /// Rules with a budget, of any version, by the event that they are for: asked at each event.
    with_budget: Arc<BTreeMap<String, BTreeSet<String>>>,
    /// What those who spent most had spent, each time it was worked out anew, oldest first.
    top_spend: Arc<Vec<TopSpend>>,
}

impl Programmes {
    /// `None` when there is no version yet.
    pub fn new(mut versions: Vec<Version>) -> Option<Self> {
        let known = versions.len();
        share(&mut versions);
        let mut with_budget = BTreeMap::<String, BTreeSet<String>>::new();
        for rule in versions.iter().flat_map(|version| &version.programme.rules) {
            if rule.budget.is_some() {
                with_budget.entry(names::key(&rule.event)).or_default().insert(rule.id.clone());
            }
        }
        let (begun, late) = (begun(&versions), Arc::new(late(&versions)));
        let counts_past = |begun: &Begun| begun.keys().any(|name| measures::counts_past(name));
        let past = Arc::new(begun.iter().map(counts_past).collect());
        let (prepared, begun) = (Arc::new(begun.iter().map(|_| OnceLock::new()).collect()), Arc::new(begun));
        let (all, with_budget, top_spend) = (Arc::new(versions), Arc::new(with_budget), Arc::default());
        (known > 0).then_some(Self { all, begun, prepared, past, known, late, with_budget, top_spend })
    }

    /// The same, and what those who spent most had spent.
    #[must_use]
    pub fn with_top_spend(self, top_spend: impl IntoIterator<Item = TopSpend>) -> Self {
        Self { top_spend: Arc::new(top_spend.into_iter().collect()), ..self }
    }

    /// What those who spent most had spent, as it was known at an instant.
    pub fn top_spend(&self, now: Timestamp) -> Option<&TopSpend> {
        self.top_spend.iter().rev().find(|top| top.at <= now)
    }

    /// Rules for this event that have a budget.
    pub fn with_budget(&self, event: &str) -> impl Iterator<Item = &str> {
        let rules = if self.with_budget.is_empty() { None } else { self.with_budget.get(&names::key(event)) };
        rules.into_iter().flatten().map(String::as_str)
    }

    /// The beginning of a measure that goes on in the version of this number; none where it does not.
    pub fn begun(&self, number: u32, measure: &str) -> Option<&Beginning> {
        let is_it = |at: &usize| self.known().get(*at).is_some_and(|version| version.number == number);
        let near = usize::try_from(number).ok()?.checked_sub(1).filter(is_it);
        let at = near.or_else(|| self.known().iter().position(|version| version.number == number));
        self.begun[at?].get(measure)
    }

    /// Whether the live version has a measure that counts the past.
    pub fn live_counts_past(&self) -> bool {
        self.past[self.known - 1]
    }

    /// The measures that the live version needs of every member.
    pub fn prepared(&self) -> &Prepared {
        self.prepared[self.known - 1].get_or_init(|| Prepared::of(self))
    }

    /// Whether nothing moves any more what ended then. What was final under one version stays so under the next.
    pub fn is_late(&self, end: Timestamp, now: Timestamp) -> bool {
        let known = self.late.iter().filter(|late| late.from < self.known);
        let until = known.clone().skip(1).map(|next| next.effective_at.min(now)).chain([now]);
        known.zip(until).any(|(late, until)| {
            let final_at = end.saturating_add(SignedDuration::from_hours(late.days * 24));
            final_at.is_ok_and(|at| at <= until)
        })
    }

    /// The shortest time, in days, that windows stay open after their ends by any version up to the live one.
    pub fn shortest_late(&self) -> i64 {
        self.late.iter().filter(|late| late.from < self.known).map(|late| late.days).min().unwrap_or(0)
    }

    /// The first of the versions since which all have the same segments as the live one.
    pub fn same_segments_since(&self) -> u32 {
        let segments = &self.live().programme.mechanics.segments;
        let same = self.known().iter().rev().take_while(|version| version.programme.mechanics.segments == *segments);
        same.last().map_or(self.live().number, |version| version.number)
    }

    fn known(&self) -> &[Version] {
        &self.all[..self.known]
    }

    pub fn live(&self) -> &Version {
        &self.all[self.known - 1]
    }

    /// The version in effect at `instant`; the first one for anything older.
    pub fn at(&self, instant: Timestamp) -> &Version {
        self.known().iter().rev().find(|version| version.effective_at <= instant).unwrap_or(&self.all[0])
    }

    /// A version by number; the live one if there is no such (numbers come from our own records).
    pub fn number(&self, number: u32) -> &Version {
        self.known().iter().find(|version| version.number == number).unwrap_or_else(|| self.live())
    }

    /// The history as it stood when `number` was live: what a replay must see. Nothing is copied.
    #[must_use]
    pub fn as_of(&self, number: u32) -> Self {
        let known = self.known().partition_point(|version| version.number <= number);
        let known = if known == 0 { self.known } else { known };
        Self { known, ..self.clone() }
    }

    /// The history with one more version.
    #[must_use]
    pub fn with(&self, version: Version) -> Self {
        let mut versions = self.known().to_vec();
        versions.push(version);
        self.of(versions)
    }

    /// Other versions with what else is known.
    #[must_use]
    pub fn of(&self, versions: Vec<Version>) -> Self {
        let of = Self::new(versions).map(|of| Self { top_spend: Arc::clone(&self.top_spend), ..of });
        of.unwrap_or_else(|| self.clone()) // there is one
    }

    pub fn iter(&self) -> impl Iterator<Item = &Version> {
        self.known().iter()
    }
}

/// Each version that only this list holds shares with the one before it what both have.
fn share(versions: &mut [Version]) {
    for at in 1..versions.len() {
        let (before, rest) = versions.split_at_mut(at);
        let (before, version) = (&before[at - 1].programme, &mut rest[0].programme);
        let shared = Arc::ptr_eq(&before.products, &version.products);
        if let Some(programme) = Arc::get_mut(version).filter(|_| !shared) {
            programme.share(before);
        }
    }
}

/// One for each change.
fn late(versions: &[Version]) -> Vec<Late> {
    let mut all: Vec<Late> = Vec::new();
    for (from, version) in versions.iter().enumerate() {
        let days = version.programme.settings.late;
        if all.last().is_none_or(|last| last.days != days) {
            all.push(Late { from, effective_at: version.effective_at, days });
        }
    }
    all
}

/// For each version, when each of its measures began: with the first one since which all ask for it.
fn begun(versions: &[Version]) -> Vec<Begun> {
    let mut begun: Vec<Begun> = Vec::with_capacity(versions.len());
    for version in versions {
        let before = begun.last();
        let began = |name: &String| before.and_then(|before| before.get(name)).cloned();
        let begins = |name: &String| Beginning {
            version: version.number,
            at: version.effective_at,
            key: format!("{name}|v{}", version.number),
        };
        let names = mechanics::measured(&version.programme).into_iter();
        let named =
            names.filter_map(|(name, needed)| Some((began(&name).or_else(|| needed.then(|| begins(&name)))?, name)));
        begun.push(named.map(|(began, name)| (name, began)).collect());
    }
    begun
}
