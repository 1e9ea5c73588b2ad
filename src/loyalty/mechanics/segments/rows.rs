//! The table `Segments`: who belongs together, by what members did, by a list, or both. All filled cells of a row must hold.

mod counted;
mod habits;

use std::collections::BTreeSet;

use crate::{
    loyalty::{
        measures::{Counts, Measure, Window},
        mechanics::FromRows,
    },
    programme::{
        Core, Problem, Tables,
        check::{known, known_tiers, unique},
        condition::{About, Condition, Fact, Subject},
        names,
        reading::Reading,
        tables::{Columns, columns::columns},
    },
    values::span::Span,
};
pub use counted::{Back, Counted};

columns! {
    pub(in crate::loyalty) enum Column of "Segments" {
        Segment = "Segment",
        Name = "Name",
        Active = "Active",
        Kind = "Kind",
        Group = "Group",
        Position = "Position",
        OrdersAtLeast = "Orders at least",
        OrdersAtMost = "Orders at most",
        InTheLast = "In the last",
        LastOrderWithin = "Last order within",
        LastOrderBefore = "Last order before",
        Overdue = "Overdue",
        SpentAtLeast = "Spent at least",
        SpentAtMost = "Spent at most",
        TopPercent = "Top percent by spend",
        OrTopTier = "Or top tier",
        AverageOrderAtLeast = "Average order at least",
        Bought = "Bought",
        NotBought = "Not bought",
        Favourite = "Favourite",
        Habit = "Habit",
        JoinedWithin = "Joined within",
        JoinedBefore = "Joined before",
        PointsAtLeast = "Points at least",
        PointsExpireWithin = "Points expire within",
        Tiers = "Tiers",
        Members = "Members",
        Share = "Share",
        Condition = "Condition",
    }
}

/// One segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    pub id: String,
    pub name: String,
    /// Of one group a member is in one segment: the first that fits.
    pub group: Option<String>,
    pub position: i64,
    /// Customer numbers of a list, as they were written.
    pub list: Option<BTreeSet<String>>,
    pub tests: Vec<Test>,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Orders that stand.
    Orders {
        least: Option<i64>,
        most: Option<i64>,
        of: Counted,
    },
    /// Minor units spent.
    Spent {
        least: Option<i64>,
        most: Option<i64>,
        of: Counted,
    },
    /// Spent as much in a year as the first so many of all members, in hundredths of a percent; or wears the highest tier.
    TopSpend {
        share: i64,
        or_top_tier: bool,
        of: Counted,
    },
    /// Minor units of an order on average.
    Average {
        least: i64,
        orders: Counted,
        spent: Counted,
    },
    LastOrderWithin {
        of: Counted,
    },
    /// Has ordered, and not within.
    LastOrderBefore {
        of: Counted,
    },
    /// Silent for longer than so many hundredths of the own usual gap between days with an order.
    Overdue {
        hundredths: i64,
        of: Counted,
    },
    Bought {
        any: Vec<Counted>,
        not: bool,
    },
    /// One of these was bought on most days, of its kind.
    Favourite(Vec<(Counted, String)>),
    /// By the usual gap between days with an order; at least so many days, at most so many.
    UsualGap {
        least: i64,
        most: i64,
        of: Counted,
    },
    /// Several orders, and none of these.
    OnlyInSales {
        orders: Counted,
        full_price: Counted,
    },
    /// Several orders, and all of them around the birthday.
    AroundBirthday {
        orders: Counted,
    },
    JoinedWithin(Span),
    JoinedBefore(Span),
    PointsAtLeast(i64),
    PointsExpireWithin(Span),
    Tiers(Vec<String>),
    Listed,
    /// Hundredths of a percent of all members.
    Share(i64),
    Condition(Condition, BTreeSet<Fact>),
}

/// What the table says, by position.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub segments: Vec<Segment>,
}

impl Config {
    pub fn has_lists(&self) -> bool {
        self.segments.iter().any(|segment| segment.list.is_some())
    }

    /// Segments whose lists have this customer number.
    pub fn listing(&self, number: &str) -> BTreeSet<String> {
        let lists =
            self.segments.iter().filter(|segment| segment.list.as_ref().is_some_and(|list| list.contains(number)));
        lists.map(|segment| segment.id.clone()).collect()
    }

    /// The segment of this name.
    pub fn named(&self, id: &str) -> Option<&Segment> {
        self.segments.iter().find(|segment| names::same(&segment.id, id))
    }

    /// Whether who is in this segment hangs on what is given: a tier, or a badge. In a group it hangs on what its rows look at.
    pub fn looks_at(&self, segment: &Segment, given: Fact) -> bool {
        let group = |other: &&Segment| other.id == segment.id || other.group.is_some() && other.group == segment.group;
        let tests = self.segments.iter().filter(group).flat_map(|segment| &segment.tests);
        { tests }.any(|test| match test {
            Test::Tiers(_) | Test::TopSpend { or_top_tier: true, .. } => given == Fact::MemberTier,
            Test::Condition(_, reads) => reads.contains(&given),
            _ => false,
        })
    }

    /// Every measure that a segment looks at.
    pub fn measures(&self) -> impl Iterator<Item = &Measure> {
        self.tests().flat_map(Test::counted).map(|counted| &*counted.measure)
    }

    /// Shares of those who spent most that rows ask for, in hundredths of a percent.
    pub fn shares_of_top_spend(&self) -> impl Iterator<Item = i64> {
        self.tests().filter_map(|test| if let Test::TopSpend { share, .. } = test { Some(*share) } else { None })
    }

    /// Whether a row asks for birthdays, so that they must be known.
    pub fn asks_for_birthdays(&self) -> bool {
        self.tests().any(|test| matches!(test, Test::AroundBirthday { .. }))
    }

    pub(super) fn tests(&self) -> impl Iterator<Item = &Test> {
        self.segments.iter().flat_map(|segment| &segment.tests)
    }
}

impl Test {
    fn counted(&self) -> Vec<&Counted> {
        match self {
            Self::Orders { of, .. }
            | Self::Spent { of, .. }
            | Self::LastOrderWithin { of }
            | Self::LastOrderBefore { of }
            | Self::Overdue { of, .. }
            | Self::TopSpend { of, .. }
            | Self::AroundBirthday { orders: of }
            | Self::UsualGap { of, .. } => vec![of],
            Self::Average { orders: one, spent: other, .. } | Self::OnlyInSales { orders: one, full_price: other } => {
                vec![one, other]
            }
            Self::Favourite(any) => any.iter().map(|(counted, _)| counted).collect(),
            Self::Bought { any, .. } => any.iter().collect(),
            _ => Vec::new(),
        }
    }
}

impl FromRows for Config {
    fn from_rows(tables: &Tables, core: &Core, problems: &mut Vec<Problem>) -> Self {
        let rows = tables.rows(Column::TABLE);
        unique(Column::Segment, rows, problems);
        let mut segments = Vec::new();
        for row in rows {
            let mut row = Reading::of(row, problems);
            let (segment, active) = (segment(&mut row, core), row.tick(Column::Active, true));
            segments.extend(active.then_some(segment));
        }
        segments.sort_by_key(|segment| segment.position);
        let config = Self { segments };
        let by_days: BTreeSet<&str> =
            config.measures().filter(|measure| measure.window != Window::Ever).map(Measure::name).collect();
        if let (Some(row), true) = (rows.last(), by_days.len() > MEASURES) {
            let detail = format!(
                "the rows together look at more than {MEASURES} kinds of goods by days; leave In the last empty in some"
            );
            Reading::of(row, problems).problem(Column::Bought, detail);
        }
        config
    }
}

/// Measures by days that one programme's segments may need: each has a number for every day with an order.
const MEASURES: usize = 6;

fn segment(row: &mut Reading<'_, Column>, core: &Core) -> Segment {
    let id = row.id(Column::Segment);
    let is_list = known(row, Column::Kind, &[("computed", false), ("list", true)]);
    let list = row.text(Column::Members).map(|_| row.list(Column::Members).into_iter().collect());
    match (is_list, &list) {
        (true, None) => row.unreadable(Column::Members, "is empty; a list names customer numbers, one a line"),
        (false, Some(_)) => row.disagree(Column::Members, [Column::Kind], "only counts where Kind is list"),
        _ => {}
    }
    let tests = tests(row, core, is_list);
    if tests.is_empty() && row.text(Column::Group).is_none() && row.reads_all() {
        let detail = "fill a cell that says who is in it, or a Group in which this row takes the rest";
        row.problem(Column::Segment, format!("everybody would be in it: {detail}"));
    }
    Segment {
        name: row.text(Column::Name).map_or_else(|| id.clone(), str::to_owned),
        group: row.text(Column::Group).map(str::to_lowercase),
        position: row.points(Column::Position).unwrap_or(100),
        id,
        list,
        tests,
    }
}

fn tests(row: &mut Reading<'_, Column>, core: &Core, is_list: bool) -> Vec<Test> {
    let (currency, mut tests) = (core.settings.currency.as_str(), Vec::new());
    let last = row.parsed::<Back>(Column::InTheLast);
    let of = |counts: Counts| Counted::of(Measure::of(counts, Window::Ever), last);
    let (least, most) = (row.points(Column::OrdersAtLeast), row.points(Column::OrdersAtMost));
    if least.or(most).is_some() {
        tests.push(Test::Orders { least, most, of: of(Counts::Orders) });
    }
    ordered(row, Column::OrdersAtMost, (least, most));
    let (least, most) = (row.money(Column::SpentAtLeast, currency), row.money(Column::SpentAtMost, currency));
    if least.or(most).is_some() {
        tests.push(Test::Spent { least, most, of: of(Counts::Amount) });
    }
    ordered(row, Column::SpentAtMost, (least, most));
    tests.extend(top_spend(row));
    if let Some(least) = row.money(Column::AverageOrderAtLeast, currency) {
        tests.push(Test::Average { least, orders: of(Counts::Orders), spent: of(Counts::Amount) });
    }
    let by_days = |back| Counted::of(Measure::of(Counts::Orders, Window::Ever), Some(back));
    let within = row.parsed::<Back>(Column::LastOrderWithin);
    tests.extend(within.map(|back| Test::LastOrderWithin { of: by_days(back) }));
    let before = row.parsed::<Back>(Column::LastOrderBefore);
    tests.extend(before.map(|back| Test::LastOrderBefore { of: by_days(back) }));
    if let (Some(hundredths), Ok(year)) = (row.times(Column::Overdue, 2), "1Y".parse()) {
        if !(100..=10_000).contains(&hundredths) {
            row.problem(Column::Overdue, "must be between 1 and 100 times the usual gap, like 1.5");
        }
        tests.push(Test::Overdue { hundredths, of: by_days(year) });
    }
    for (column, not) in [(Column::Bought, false), (Column::NotBought, true)] {
        let any = habits::bought(row, column, last);
        if !any.is_empty() {
            tests.push(Test::Bought { any, not });
        }
    }
    if let Ok(year) = "1Y".parse() {
        let favourites = habits::favourites(row, year);
        tests.extend((!favourites.is_empty()).then_some(Test::Favourite(favourites)));
        tests.extend(habits::habit(row, year));
    }
    tests.extend(row.parsed(Column::JoinedWithin).map(Test::JoinedWithin));
    tests.extend(row.parsed(Column::JoinedBefore).map(Test::JoinedBefore));
    tests.extend(row.points(Column::PointsAtLeast).map(Test::PointsAtLeast));
    tests.extend(row.parsed(Column::PointsExpireWithin).map(Test::PointsExpireWithin));
    let tiers = known_tiers(row, Column::Tiers, &core.tiers);
    tests.extend((!tiers.is_empty()).then_some(Test::Tiers(tiers)));
    tests.extend(is_list.then_some(Test::Listed));
    if let Some(share) = row.percent(Column::Share) {
        if !(1..=10_000).contains(&share) {
            row.problem(Column::Share, "must be more than 0 and at most 100 percent");
        }
        tests.push(Test::Share(share));
    }
    tests.extend(condition(row, core));
    tests
}

fn top_spend(row: &mut Reading<'_, Column>) -> Option<Test> {
    let (share, or_top_tier) = (row.percent(Column::TopPercent), row.tick(Column::OrTopTier, false));
    if share.is_none() && or_top_tier {
        row.disagree(
            Column::OrTopTier,
            [Column::TopPercent],
            "only counts where Top percent by spend is filled; the cell Tiers names a tier by itself",
        );
    }
    let share = share?;
    if !(1..=5_000).contains(&share) {
        row.problem(Column::TopPercent, "must be more than 0 and at most 50 percent, like 5");
    }
    let of = Counted::of(Measure::of(Counts::Amount, Window::Ever), "1Y".parse().ok());
    Some(Test::TopSpend { share, or_top_tier, of })
}

fn condition(row: &mut Reading<'_, Column>, core: &Core) -> Option<Test> {
    let about = About { subject: Subject::Member, tiers: &core.tiers, measures: &[] };
    let condition = Condition::in_cell(row, Column::Condition, about)?;
    let reads: BTreeSet<Fact> = condition.reads().collect();
    if reads.contains(&Fact::MemberSegments) {
        row.problem(Column::Condition, "a segment cannot ask for segments: say what these members did");
    }
    Some(Test::Condition(condition, reads))
}

fn ordered(row: &mut Reading<'_, Column>, column: Column, (least, most): (Option<i64>, Option<i64>)) {
    if least.zip(most).is_some_and(|(least, most)| least > most) {
        row.problem(column, "is less than the cell `at least`: nobody would be in it");
    }
}
