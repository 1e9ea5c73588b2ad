//! The table `Challenges`: what is counted, how much of it is a goal, and what reaching it gives.

mod config;
mod counting;
mod follows;
mod goal;
mod locked;

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    loyalty::{
        measures::Measure,
        mechanics::{FromRows, codes::Offers, rewards::Catalogue},
    },
    programme::{
        Core, Problem, Tables, Wait,
        audience::is_for,
        check::{measured, no_such, unique},
        condition::Condition,
        names,
        reading::Reading,
        tables::{Columns, columns::columns},
    },
    values::span::Span,
};
pub use config::Config;
use config::{ById, by_id};

columns! {
    pub(in crate::loyalty) enum Column of "Challenges" {
        Challenge = "Challenge",
        Name = "Name",
        ShowAs = "Show as",
        Active = "Active",
        Counts = "Counts",
        Event = "Event",
        Categories = "Categories",
        Products = "Products",
        ProductBrands = "Product brands",
        Stores = "Stores",
        Channels = "Channels",
        SmallestOrder = "Smallest order",
        FreeGoodsCount = "Free goods count",
        Goal = "Goal",
        Within = "Within",
        Repeats = "Repeats",
        HeadStart = "Head start",
        CountsFrom = "Counts from",
        TakesPart = "Takes part",
        TimeLimit = "Time limit",
        After = "After",
        Points = "Points",
        Waits = "Waits",
        Expires = "Expires",
        Reward = "Reward",
        CodeOffer = "Code offer",
        Tier = "Tier",
        TierFor = "Tier for",
        Multiplier = "Multiplier",
        MultiplierFor = "Multiplier for",
        Badge = "Badge",
        AfterReturn = "After return",
        MostWinners = "Most winners",
        Budget = "Budget",
        RemindBeforeEnd = "Remind before end",
        Segments = "Segments",
        NotSegments = "Not segments",
        Tiers = "Tiers",
        Condition = "Condition",
        From = "From",
        Until = "Until",
        Description = "Description",
        Position = "Position",
    }
}

pub use locked::locked;

/// The table's title.
pub const TABLE: &str = Column::TABLE;

/// One challenge.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "ticks of the row")]
pub struct Goal {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub look: Look,
    pub position: i64,
    /// Off: what is counted goes on being counted, nothing is given.
    pub active: bool,
    pub measure: Measure,
    /// How much of it, as the measure counts: thousandths of pieces, minor units.
    pub number: i64,
    /// The same of one step as members read it.
    pub step: i64,
    pub repeats: Repeats,
    /// Given at the start, as the measure counts.
    pub head_start: i64,
    /// Only who has joined it takes part, from then on.
    pub joins: bool,
    /// So long after joining nothing counts any more.
    pub limit: Option<Span>,
    /// Challenges that must stand done.
    pub after: Vec<String>,
    pub points: i64,
    pub wait: Option<Wait>,
    pub expires: Option<Span>,
    /// A row of Rewards, free of points.
    pub reward: Option<String>,
    /// A row of Codes, of which the member gets a code of its own.
    pub offer: Option<String>,
    /// A tier, and how long it is worn.
    pub tier: Option<(String, Span)>,
    /// Thousandths that base points are multiplied by, and how long.
    pub multiplier: Option<(i64, Span)>,
    pub badge: bool,
    /// What was reached is kept when goods come back.
    pub keeps: bool,
    pub most: Option<i64>,
    /// Points for all members together, ever.
    pub budget: Option<i64>,
    /// So long before the end who has begun and lacks one step is reminded.
    pub remind: Option<Span>,
    pub segments: Vec<String>,
    /// None of these.
    pub not_segments: Vec<String>,
    pub tiers: Vec<String>,
    /// What must hold of the member as the goal is reached.
    pub condition: Option<Condition>,
}

/// How members see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Challenge,
    StampCard,
    Milestone,
    Streak,
    Badge,
}

impl Look {
    const NAMES: [(&'static str, Self); 5] = [
        ("challenge", Self::Challenge),
        ("stamp card", Self::StampCard),
        ("milestone", Self::Milestone),
        ("streak", Self::Streak),
        ("badge", Self::Badge),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, look)| *look == self).map_or("", |(name, _)| name)
    }
}

/// How often it can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    OncePerPeriod,
    Once,
    EveryTime,
}

/// What of other rows a goal may name.
struct Known {
    catalogue: Catalogue,
    offers: Offers,
    /// Ids of challenges.
    measures: Vec<String>,
}

impl Goal {
    /// What of it is a measure of its own: one that begins with joining.
    pub fn own(&self) -> Option<String> {
        let limit = self.limit.map(|limit| format!(" {limit}")).unwrap_or_default();
        self.joins.then(|| format!("{}{limit}", self.id))
    }

    /// When time is up for who joined at this instant.
    pub fn ends(&self, joined_at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.limit.map(|limit| limit.after(joined_at, zone))
    }

    /// Whether the member's tier and segments are those it is for.
    pub fn is_for(&self, tier: &str, segments: &BTreeSet<String>) -> bool {
        let kept_out = segments.iter().any(|segment| names::any_is(&self.not_segments, segment));
        !kept_out && is_for((&self.tiers, tier), (&self.segments, segments))
    }
}

impl FromRows for Config {
    fn from_rows(tables: &Tables, core: &Core, problems: &mut Vec<Problem>) -> Self {
        let rows = tables.rows(Column::TABLE);
        unique(Column::Challenge, rows, problems);
        let known = Known {
            catalogue: Catalogue::of(tables, core),
            offers: Offers::of(tables, core),
            measures: measured(tables),
        };
        let mut goals = Vec::new();
        for row in rows {
            let mut row = Reading::of(row, problems);
            goals.push(goal::goal(&mut row, core, &known));
        }
        let by_id = by_id(&goals);
        for (row, goal) in rows.iter().zip(&goals) {
            let mut row = Reading::of(row, problems);
            for after in goal.after.iter().filter(|after| !by_id.contains_key(after.as_str()) || **after == goal.id) {
                let others = goals.iter().map(|goal| goal.id.as_str()).filter(|id| *id != goal.id);
                row.problem(Column::After, no_such(("other challenge", ""), after, others));
            }
            if goes_round((&goals, &by_id), goal) {
                row.problem(Column::After, "these challenges wait for each other: none can be begun");
            }
        }
        follows::check(tables, &goals, core, problems);
        Self::of(goals)
    }
}

fn goes_round((goals, by_id): (&[Goal], &ById<'_>), goal: &Goal) -> bool {
    let mut before: Vec<&String> = goal.after.iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = before.pop() {
        if *id == goal.id {
            return true;
        }
        if seen.insert(id) {
            before.extend(by_id.get(id.as_str()).into_iter().flatten().flat_map(|place| &goals[*place].after));
        }
    }
    false
}
