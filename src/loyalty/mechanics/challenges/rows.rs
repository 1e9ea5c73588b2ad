//! The table `Challenges`: what is counted, how much of it is a goal, and what reaching it gives.

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    loyalty::{
        measures::{Counts, Measure, Of, Unit, Window},
        mechanics::{FromRows, rewards},
    },
    programme::{
        Core, PURCHASE, Problem, Tables, Wait,
        audience::is_for,
        check::{known, known_tiers, unique, window},
        goods::Goods,
        names,
        reading::Reading,
        tables::{Columns, columns::columns},
    },
    values::{money::places, span::Span},
};

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
        TakesPart = "Takes part",
        TimeLimit = "Time limit",
        After = "After",
        Points = "Points",
        Waits = "Waits",
        Expires = "Expires",
        Reward = "Reward",
        Badge = "Badge",
        AfterReturn = "After return",
        MostWinners = "Most winners",
        Budget = "Budget",
        Segments = "Segments",
        Tiers = "Tiers",
        From = "From",
        Until = "Until",
        Description = "Description",
        Position = "Position",
    }
}

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
    pub badge: bool,
    /// What was reached is kept when goods come back.
    pub keeps: bool,
    pub most: Option<i64>,
    /// Points for all members together, ever.
    pub budget: Option<i64>,
    pub segments: Vec<String>,
    pub tiers: Vec<String>,
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

/// What the table says, those first that members see first.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub goals: Vec<Goal>,
    /// Their places in the order in which they are decided: those first that others come after, then by id.
    turns: Vec<usize>,
}

impl Config {
    /// In the order in which they are decided.
    pub fn in_turn(&self) -> impl Iterator<Item = &Goal> {
        self.turns.iter().map(|place| &self.goals[*place])
    }

    pub fn goal(&self, id: &str) -> Option<&Goal> {
        self.goals.iter().find(|goal| goal.id == id)
    }
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
        is_for((&self.tiers, tier), (&self.segments, segments))
    }
}

impl FromRows for Config {
    fn from_rows(tables: &Tables, core: &Core, problems: &mut Vec<Problem>) -> Self {
        let rows = tables.rows(Column::TABLE);
        unique(Column::Challenge, rows, problems);
        // What is wrong with Rewards is said where they are read.
        let catalogue = rewards::Config::from_rows(tables, core, &mut Vec::new()).catalogue;
        let mut goals = Vec::new();
        for row in rows {
            let mut row = Reading::of(row, problems);
            let goal = goal(&mut row, core);
            if let Some(wanted) = &goal.reward
                && !catalogue.iter().any(|reward| reward.id == *wanted)
            {
                row.problem(Column::Reward, format!("there is no active reward `{wanted}` in Rewards"));
            }
            goals.push(goal);
        }
        let ids: Vec<String> = goals.iter().map(|goal| goal.id.clone()).collect();
        for (row, goal) in rows.iter().zip(&goals) {
            let mut row = Reading::of(row, problems);
            for after in goal.after.iter().filter(|after| !ids.contains(after) || **after == goal.id) {
                row.problem(Column::After, format!("there is no other challenge `{after}`"));
            }
            if goes_round(&goals, goal) {
                row.problem(Column::After, "these challenges wait for each other: none can be begun");
            }
        }
        goals.sort_by_key(|goal| goal.position);
        let turns = turns(&goals);
        Self { goals, turns }
    }
}

fn turns(goals: &[Goal]) -> Vec<usize> {
    let mut depths = vec![0; goals.len()];
    for _ in goals {
        for (place, goal) in goals.iter().enumerate() {
            let before = goals.iter().zip(&depths).filter(|(known, _)| goal.after.contains(&known.id));
            depths[place] = before.map(|(_, depth)| depth + 1).max().unwrap_or(0).min(goals.len());
        }
        if goals.iter().all(|goal| goal.after.is_empty()) {
            break;
        }
    }
    let mut turns: Vec<usize> = (0..goals.len()).collect();
    turns.sort_by_key(|place| (depths[*place], &goals[*place].id));
    turns
}

fn goes_round(goals: &[Goal], goal: &Goal) -> bool {
    let mut before: Vec<&String> = goal.after.iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = before.pop() {
        if *id == goal.id {
            return true;
        }
        if seen.insert(id) {
            before.extend(goals.iter().filter(|known| known.id == *id).flat_map(|known| &known.after));
        }
    }
    false
}

fn goal(row: &mut Reading<'_, Column>, core: &Core) -> Goal {
    let id = row.id(Column::Challenge);
    let look = known(row, Column::ShowAs, &Look::NAMES);
    let measure = measure(row, core);
    let currency = places(&core.settings.currency);
    let step = match measure.counts {
        Counts::Quantity => 1000,
        Counts::Amount => 10_i64.pow(currency),
        _ => 1,
    };
    let number = row.points(Column::Goal).unwrap_or(1);
    let row_of = matches!(measure.window, Window::Row(_));
    if number == 0 {
        row.problem(Column::Goal, "must be more than 0");
    } else if row_of && number > LONGEST {
        row.problem(Column::Goal, format!("must be at most {LONGEST} in a row"));
    }
    let stamps = if look == Look::StampCard { Repeats::EveryTime } else { Repeats::OncePerPeriod };
    let repeats = row.text(Column::Repeats).map_or(stamps, |_| {
        let names =
            [("once per period", Repeats::OncePerPeriod), ("once", Repeats::Once), ("every time", Repeats::EveryTime)];
        known(row, Column::Repeats, &names)
    });
    if repeats == Repeats::EveryTime && (row_of || matches!(measure.window, Window::Rolling(..))) {
        row.problem(Column::Repeats, "a row and a window that rolls are done once: choose once");
    }
    let head_start = row.points(Column::HeadStart);
    let head_start = head_start.unwrap_or(if look == Look::StampCard && number > 2 { 2 } else { 0 });
    if head_start >= number.max(1) {
        row.problem(Column::HeadStart, "must be less than the goal");
    }
    let after = row.list(Column::After);
    let takes_part = known(row, Column::TakesPart, &[("everybody", false), ("who joins", true)]);
    let limit = row.parsed::<Span>(Column::TimeLimit);
    if limit.is_some() && !takes_part {
        row.problem(Column::TimeLimit, "begins with joining: choose `who joins` in Takes part");
    }
    let badge = row.tick(Column::Badge, look == Look::Badge);
    let points = row.points(Column::Points);
    let reward = row.text(Column::Reward).map(str::to_owned);
    if points.unwrap_or(0) == 0 && reward.is_none() && !badge {
        row.problem(Column::Points, "the challenge gives nothing: fill Points, Reward, or tick Badge");
    }
    Goal {
        name: row.text(Column::Name).map_or_else(|| id.clone(), str::to_owned),
        description: row.text(Column::Description).map(str::to_owned),
        position: row.points(Column::Position).unwrap_or(100),
        active: row.tick(Column::Active, true),
        number: number.max(1) * step, // a cell holds at most 10^9, a step at most 10^4
        step,
        repeats,
        head_start: head_start * step,
        joins: takes_part,
        limit,
        after,
        points: points.unwrap_or(0),
        wait: wait(row),
        expires: row.parsed::<Span>(Column::Expires),
        reward,
        badge,
        keeps: known(row, Column::AfterReturn, &[("take back", false), ("keep", true)]),
        most: row.points(Column::MostWinners),
        budget: row.points(Column::Budget),
        segments: row.list(Column::Segments),
        tiers: known_tiers(row, Column::Tiers, &core.tiers),
        id,
        look,
        measure,
    }
}

const LONGEST: i64 = crate::loyalty::measures::LONGEST_ROW;

/// None, or so long after what reached the goal.
fn wait(row: &mut Reading<'_, Column>) -> Option<Wait> {
    let text = row.text(Column::Waits)?;
    let wait = text.parse().ok().filter(|wait| matches!(wait, Wait::None | Wait::For(_)));
    if wait.is_none() {
        row.problem(Column::Waits, format!("`{text}` is neither none nor a length like 14D"));
    }
    wait
}

fn measure(row: &mut Reading<'_, Column>, core: &Core) -> Measure {
    let (from, until) = window(row, [Column::From, Column::Until], &core.settings);
    let mut measure = Measure::of(counts(row), Window::Ever);
    measure.goods = Goods::read(row, [Column::Categories, Column::Products, Column::ProductBrands]);
    (measure.stores, measure.channels) = (row.list(Column::Stores), row.list(Column::Channels));
    measure.smallest = row.decimal(Column::SmallestOrder, places(&core.settings.currency)).unwrap_or(0);
    measure.free = row.tick(Column::FreeGoodsCount, false);
    (measure.from, measure.until) = (from, until);
    measure.window = within(row, &measure.counts);
    let is_event = matches!(measure.counts, Counts::Events(_));
    if !measure.goods.are_all() && (is_event || measure.counts == Counts::Points) {
        row.problem(Column::Counts, "has no goods: leave Categories, Products and Product brands empty");
    }
    if is_event && measure.stores.len() + measure.channels.len() > 0 {
        row.problem(Column::Counts, "an event has no store and no channel: leave Stores and Channels empty");
    }
    measure.named()
}

fn counts(row: &mut Reading<'_, Column>) -> Counts {
    let kind = row.text(Column::Event).map(str::to_owned);
    let events = Counts::Events(String::new());
    let all = [
        ("orders", Counts::Orders),
        ("quantity", Counts::Quantity),
        ("amount", Counts::Amount),
        ("points earned", Counts::Points),
        ("different categories", Counts::Different(Of::Category)),
        ("different products", Counts::Different(Of::Product)),
        ("different stores", Counts::Different(Of::Store)),
        ("days with an order", Counts::Different(Of::Day)),
        ("days in a row", Counts::Row(Unit::Day)),
        ("weeks in a row", Counts::Row(Unit::Week)),
        ("months in a row", Counts::Row(Unit::Month)),
        ("events", events),
    ];
    let places: Vec<(&str, usize)> = all.iter().enumerate().map(|(place, (name, _))| (*name, place)).collect();
    let counts = all[known(row, Column::Counts, &places)].1.clone();
    match (counts, kind) {
        (Counts::Events(_), None) => {
            row.problem(Column::Event, "is empty; events of which type?");
            Counts::Events(String::new())
        }
        (Counts::Events(_), Some(kind)) => {
            if names::same(&kind, PURCHASE) || crate::loyalty::Fact::is_reserved(&kind) {
                row.problem(
                    Column::Event,
                    format!("`{kind}` is no event that is sent in: choose orders, or an event's type"),
                );
            }
            Counts::Events(kind)
        }
        (counts, Some(_)) => {
            row.problem(Column::Event, "only counts where Counts is events");
            counts
        }
        (counts, None) => counts,
    }
}

fn within(row: &mut Reading<'_, Column>, counts: &Counts) -> Window {
    let window = row.parsed::<Window>(Column::Within);
    match (counts, window) {
        (Counts::Row(unit), None | Some(Window::Ever)) => Window::Row(*unit),
        (Counts::Row(unit), Some(_)) => {
            row.problem(Column::Within, "a row has no window of its own: leave it empty");
            Window::Row(*unit)
        }
        (_, Some(Window::Row(_))) => {
            row.problem(Column::Within, "choose days, weeks or months in a row in Counts");
            Window::Ever
        }
        (_, window) => window.unwrap_or(Window::Ever),
    }
}
