//! Two lives held against each other: what a draft would have given, to whom, at what cost, and who would have been surprised.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Window,
    generosity::first_cost,
    life::{Ended, Lived},
    tally::{OfRow, Tally},
};
use crate::{
    loyalty::{
        Programme, example,
        mechanics::{codes, gives_as, rewards},
    },
    programme::{
        Row, TEXTS, TIERS, Tables, WHOLE,
        tables::{self, Cells},
    },
    values::money::share,
};

/// Members named one by one.
const NAMED: usize = 10;
/// Lines of a statement that are shown.
const LINES: usize = 30;
/// Upper ends of the groups that members are shown in by their difference; above the last is one more.
const GROUPS: [i64; 9] = [-1001, -101, -11, -1, 0, 10, 100, 1000, i64::MAX];

/// What is compared.
#[derive(Debug, Clone)]
pub struct Between<'a> {
    pub window: Window,
    /// Members that each one stands for.
    pub every: u32,
    pub live: u32,
    pub draft: &'a Tables,
    pub live_tables: &'a Tables,
}

/// What a draft would have done, beside what the live programme does. Money is in minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forecast {
    pub window: Window,
    /// The version that it was held against.
    pub live: u32,
    /// The fingerprint of the draft.
    pub draft: String,
    /// One in so many members was looked at; all figures are for all.
    pub every: u32,
    pub currency: String,
    /// Members who did something, and what happened to them.
    pub members: i64,
    pub events: i64,
    /// Money paid for goods, and the orders.
    pub sales: i64,
    pub orders: i64,
    pub now: Side,
    pub then: Side,
    pub rows: Vec<OfOneRow>,
    /// Members by their difference in points, from less to more: the last difference of each group, and how many.
    pub groups: Vec<(i64, i64)>,
    pub losers: Losers,
    pub surprised: Vec<Surprised>,
    /// Everybody who would have been given other points, or would stand otherwise; by id.
    pub differences: Vec<Difference>,
}

/// One programme in the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Side {
    /// Given by rules, less what was taken back.
    pub points: i64,
    pub members: i64,
    /// What these points pay.
    pub cost: i64,
    /// Thousandths of the sales.
    pub share: i64,
    /// After so many purchases of the usual size points pay for the first thing; none where they never do.
    pub first_reward_after: Option<i64>,
    /// Members at the end of the window, by tier.
    pub tiers: BTreeMap<String, i64>,
    /// Recorded events that it would have refused, by kind.
    pub refused: BTreeMap<String, i64>,
}

/// What one row gives; a reward takes points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
pub struct Gives {
    pub members: i64,
    pub points: i64,
    pub times: i64,
    pub cost: i64,
    pub share: i64,
}

/// What is counted of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Points for what members do.
    Gives,
    /// Points, for a reward.
    Takes,
    /// Uses of an offer's codes.
    IsUsed,
    /// Members who wear the tier at the end.
    Wears,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfOneRow {
    pub table: String,
    pub does: Does,
    pub row: String,
    pub name: String,
    /// Not there in the live programme, or not in the draft.
    pub now: Option<Gives>,
    pub then: Option<Gives>,
}

/// Who would have fewer points, or a lower tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Losers {
    pub members: i64,
    /// Fewer by so many in all.
    pub points: i64,
    pub lower_tier: i64,
    /// Those who lose most.
    pub most: Vec<Difference>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub member: String,
    pub now: Stands,
    pub then: Stands,
}

/// How a member stands at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Stands {
    /// All points, also those that wait or are set aside, less what is owed.
    pub points: i64,
    pub tier: String,
    /// Given by rules in the window, less those taken back, whatever became of them.
    pub given: i64,
    /// Of the points, those that can be spent.
    pub spendable: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Surprised {
    pub difference: Difference,
    /// Both statements, the newest last.
    pub lines: Vec<BothLines>,
}

/// What one programme wrote into the statement, beside what the other wrote for the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BothLines {
    pub at: Timestamp,
    pub text: String,
    pub now: Option<i64>,
    pub then: Option<i64>,
}

impl Stands {
    fn of(lived: &Lived, place: usize) -> Self {
        let Some(ended) = &lived.members[place] else { return Self::default() };
        let Ended { points, spendable, .. } = *ended;
        Self { points, tier: lived.tier(ended).to_owned(), given: lived.tally.given[place], spendable }
    }
}

impl Difference {
    pub fn points(&self) -> i64 {
        self.then.points - self.now.points
    }

    /// Points that the live programme's rules gave and the draft's would not have.
    pub fn too_much(&self) -> i64 {
        (self.now.given - self.then.given).max(0)
    }

    /// Whether the draft's tier ranks below the one of now.
    fn is_lower(&self, draft: &Programme) -> bool {
        draft.tier_rank(&self.then.tier) < draft.tier_rank(&self.now.tier)
    }
}

/// Holds the life under the draft against that under the live programme.
pub fn compare(live: &Lived, draft: &Lived, between: &Between<'_>) -> Forecast {
    let (every, programme) = (i64::from(between.every.max(1)), &draft.programmes.live().programme);
    let pairs = || live.members.iter().zip(&draft.members).enumerate().filter(|(_, pair)| counts(*pair));
    let difference = |place: usize| Difference {
        member: live.ids[place].clone(),
        now: Stands::of(live, place),
        then: Stands::of(draft, place),
    };
    let all: Vec<(usize, Difference)> = pairs().map(|(place, _)| (place, difference(place))).collect();
    let mut groups: Vec<(i64, i64)> = GROUPS.iter().map(|end| (*end, 0)).collect();
    for (_, difference) in &all {
        if let Some(group) = groups.iter_mut().find(|(end, _)| difference.points() <= *end) {
            group.1 += every;
        }
    }
    let mut differ: Vec<(usize, Difference)> = all.into_iter().filter(|(_, one)| one.now != one.then).collect();
    let differences = differ.iter().map(|(_, difference)| difference.clone()).collect();
    let losers = losers(&differ, programme, every);
    differ.sort_by(|(_, one), (_, other)| {
        let by = |one: &Difference| (one.points().abs(), one.now.tier != one.then.tier);
        by(other).cmp(&by(one)).then_with(|| one.member.cmp(&other.member))
    });
    differ.truncate(NAMED);
    let surprised = differ.into_iter().map(|(place, difference)| {
        let lines = both_lines(&live.tally, &draft.tally, place);
        Surprised { difference, lines }
    });
    let sales = live.tally.sales.saturating_mul(every);
    Forecast {
        window: between.window,
        live: between.live,
        draft: between.draft.fingerprint(),
        every: between.every.max(1),
        currency: programme.settings.currency.clone(),
        members: i64::try_from(pairs().count()).unwrap_or(i64::MAX).saturating_mul(every),
        events: live.tally.events.saturating_mul(every),
        sales,
        orders: live.tally.orders.saturating_mul(every),
        now: side(live, (sales, every)),
        then: side(draft, (sales, every)),
        rows: rows(live, draft, between, (sales, every)),
        groups,
        losers,
        surprised: surprised.collect(),
        differences,
    }
}

/// Whoever came into being, and is no try of the shop's own.
fn counts((live, draft): (&Option<Ended>, &Option<Ended>)) -> bool {
    let real = |member: &Option<Ended>| member.is_some_and(|member| !member.test);
    real(live) || real(draft)
}

fn losers(differ: &[(usize, Difference)], programme: &Programme, every: i64) -> Losers {
    let mut losers = Losers::default();
    let mut most: Vec<&Difference> = Vec::new();
    for (_, difference) in differ {
        let (fewer, lower) = (difference.points() < 0, difference.is_lower(programme));
        if fewer || lower {
            losers.members += every;
            losers.points += -difference.points().min(0) * every;
            losers.lower_tier += i64::from(lower) * every;
            most.push(difference);
        }
    }
    most.sort_by(|one, other| one.points().cmp(&other.points()).then_with(|| one.member.cmp(&other.member)));
    losers.most = most.into_iter().take(NAMED).cloned().collect();
    losers
}

fn side(lived: &Lived, (sales, every): (i64, i64)) -> Side {
    let (tally, programme) = (&lived.tally, &lived.programmes.live().programme);
    let Gives { points, members, cost, share, .. } = gives(programme, &tally.all, (sales, every));
    let mut tiers: BTreeMap<String, i64> = programme.tiers.iter().map(|tier| (tier.id.clone(), 0)).collect();
    for (tier, members) in lived.wear() {
        *tiers.entry(tier.to_owned()).or_default() += members * every;
    }
    let first_reward_after = first_reward_after(programme, tally);
    let refused = tally.refused.iter().map(|(kind, times)| (kind.clone(), times * every)).collect();
    Side { points, members, cost, share, first_reward_after, tiers, refused }
}

/// Purchases of the usual size until points are enough for the cheapest reward, or for the smallest payment where there is none.
fn first_reward_after(programme: &Programme, tally: &Tally) -> Option<i64> {
    let needed = i128::from(first_cost(programme)) * i128::from(tally.orders.max(0));
    let points = i128::from(tally.for_orders);
    (tally.orders > 0 && points > 0).then(|| i64::try_from((needed + points - 1) / points).unwrap_or(i64::MAX).max(1))
}

fn gives(programme: &Programme, row: &OfRow, (sales, every): (i64, i64)) -> Gives {
    let points = row.points.saturating_mul(every);
    let cost = programme.settings.spending.worth(points);
    let share = share(1000, cost.max(0), sales.max(0));
    let (members, times) = (row.members.count.saturating_mul(every), row.times.saturating_mul(every));
    Gives { members, points, times, cost, share }
}

/// Every row of the draft that gives or takes something, then those that only the live programme has.
fn rows(live: &Lived, draft: &Lived, between: &Between<'_>, money: (i64, i64)) -> Vec<OfOneRow> {
    let mut rows = Vec::new();
    let counted = tables::programme().filter_map(|table| Some((table, does(&table.title)?)));
    for (table, does) in counted {
        let Some(column) = table.columns_of(Cells::Id).next().map(|column| column.title.as_str()) else { continue };
        let named = |tables: &Tables| -> Vec<(String, String)> {
            let rows = tables.rows(&table.title).iter();
            let name = table.columns_of(Cells::Name).next().map_or("", |column| column.title.as_str());
            let named = |row: &Row| {
                let id = row.cell(column)?.to_owned();
                Some((id.clone(), row.cell(name).map_or(id, str::to_owned)))
            };
            rows.filter_map(named).collect()
        };
        let (ours, theirs) = (named(between.draft), named(between.live_tables));
        let is_there = |all: &[(String, String)], id: &str| all.iter().any(|(known, _)| known == id);
        let gone = theirs.iter().filter(|(id, _)| !is_there(&ours, id));
        for (id, name) in ours.iter().chain(gone) {
            let of = |lived: &Lived, there: bool| there.then(|| of_row(lived, (&table.title, does), id, money));
            let (now, then) = (of(live, is_there(&theirs, id)), of(draft, is_there(&ours, id)));
            if now.is_some() || then.is_some() {
                let (table, row, name) = (table.title.clone(), id.clone(), name.clone());
                rows.push(OfOneRow { table, does, row, name, now, then });
            }
        }
    }
    rows
}

/// What is counted of the rows of a table.
fn does(table: &str) -> Option<Does> {
    match table {
        WHOLE | TEXTS | example::TABLE => None,
        TIERS => Some(Does::Wears),
        rewards::TABLE => Some(Does::Takes),
        codes::TABLE => Some(Does::IsUsed),
        _ => Some(Does::Gives),
    }
}

/// What one row did in a life.
fn of_row(lived: &Lived, (table, does): (&str, Does), id: &str, money: (i64, i64)) -> Gives {
    let (tally, programme) = (&lived.tally, &lived.programmes.live().programme);
    let nothing = OfRow::default();
    let row = match does {
        Does::Gives => tally.gave.get(&gives_as(table, id)),
        Does::Takes => tally.taken.get(id),
        Does::IsUsed => tally.used.get(id),
        Does::Wears => {
            let wearing = lived.wear().find(|(tier, _)| *tier == id).map_or(0, |(_, members)| members);
            return Gives { members: wearing.saturating_mul(money.1), ..Gives::default() };
        }
    };
    gives(programme, row.unwrap_or(&nothing), money)
}

/// Lines of both statements by instant and text.
fn both_lines(live: &Tally, draft: &Tally, place: usize) -> Vec<BothLines> {
    let mut lines: BTreeMap<(Timestamp, &str), [Option<i64>; 2]> = BTreeMap::new();
    for (side, tally) in [live, draft].into_iter().enumerate() {
        for line in tally.lines_of(place) {
            let points = &mut lines.entry((line.at, tally.text(line))).or_default()[side];
            *points = Some(points.unwrap_or(0) + line.points);
        }
    }
    let older = lines.len().saturating_sub(LINES);
    let both = lines.into_iter().skip(older);
    both.map(|((at, text), [now, then])| BothLines { at, text: text.to_owned(), now, then }).collect()
}
