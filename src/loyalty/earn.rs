//! What an order or an event earns, from its state and what was pinned alone. No history, no balance: that is what makes
//! repetition, loss and any order of arrival end in the same points.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    order::{Line, Order, OrderState, Pins},
    reasons::Because,
};
use crate::{
    loyalty::Programme,
    programme::{Effect, PURCHASE, PointsOn, Rule, names},
    values::{
        bounds::{self, TooLarge},
        money::spread,
    },
};

/// What a rule looks at besides the goods.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    pub pins: &'a Pins,
    /// The business instant that the rule's dates are held against.
    pub at: Timestamp,
    /// Whether this order holds the member's first-purchase place, or would take it.
    pub first_purchase: bool,
}

/// Whether the order holds the first-purchase place, or would take it. What it was given as a first purchase it keeps: two
/// members that turn out to be one have a first purchase each.
pub fn is_first_purchase(programme: &Programme, order: &Order, holder: Option<&str>) -> bool {
    let given = |rule: &Rule| order.awards.get(&rule.id).is_some_and(|award| award.wanted() > 0);
    holder.is_none_or(|holder| holder == order.id)
        || programme.rules.iter().any(|rule| rule.first_purchase && given(rule))
}

/// Points per rule for an order in this state; rules that give nothing are left out.
pub fn earned_by_order(
    programme: &Programme,
    state: &OrderState,
    given: &Circumstances<'_>,
) -> Result<BTreeMap<String, i64>, TooLarge> {
    let judgement = Judgement::of(programme, state, given)?;
    let points = judgement.rules.iter().map(|rule| Ok((rule.id.clone(), judgement.working(rule)?.points)));
    bounded(points, ("/lines", "the points of one order"))
}

/// Points per rule, which together are within the bound of one event; rules that give nothing are left out.
fn bounded(
    given: impl Iterator<Item = Result<(String, i64), TooLarge>>,
    place: (&'static str, &'static str),
) -> Result<BTreeMap<String, i64>, TooLarge> {
    let mut all = BTreeMap::new();
    for given in given {
        let (rule, points) = given?;
        if points != 0 {
            all.insert(rule, points);
        }
    }
    bounds::points(all.values().map(|points| i128::from(*points)).sum(), place)?;
    Ok(all)
}

/// Points per rule for an event of another kind.
pub fn earned_by_event(
    programme: &Programme,
    kind: &str,
    given: &Circumstances<'_>,
) -> Result<BTreeMap<String, i64>, TooLarge> {
    let rules = programme.rules.iter().filter(|rule| names::same(&rule.event, kind) && applies(rule, given));
    let given = rules.filter_map(|rule| match rule.effect {
        Effect::Fixed { points } => Some(Ok((rule.id.clone(), points))),
        _ => None, // the check refuses amounts and multipliers on events without an amount
    });
    bounded(given, ("/type", "the points of one event"))
}

fn applies(rule: &Rule, given: &Circumstances<'_>) -> bool {
    unmet(rule, given).is_none()
}

/// The first of a rule's conditions that does not hold; none when it applies.
pub fn unmet(rule: &Rule, given: &Circumstances<'_>) -> Option<Because> {
    let in_force = rule.from.is_none_or(|from| from <= given.at) && rule.until.is_none_or(|until| given.at < until);
    let in_segment = || given.pins.segments.iter().any(|segment| names::any_is(&rule.segments, segment));
    if !in_force {
        Some(Because::Dates)
    } else if !rule.tiers.is_empty() && !names::any_is(&rule.tiers, &given.pins.tier) {
        Some(Because::Tier)
    } else if !rule.segments.is_empty() && !in_segment() {
        Some(Because::Segment)
    } else {
        (rule.first_purchase && !given.first_purchase).then_some(Because::NotFirstPurchase)
    }
}

/// An order in one state as its rules see it: they all look at the same goods, which are found once.
pub struct Judgement<'a> {
    programme: &'a Programme,
    state: &'a OrderState,
    goods: Vec<Good<'a>>,
    /// Those that apply.
    rules: Vec<&'a Rule>,
}

impl<'a> Judgement<'a> {
    /// To an order that does not earn no rule applies.
    pub fn of(programme: &'a Programme, state: &'a OrderState, given: &Circumstances<'_>) -> Result<Self, TooLarge> {
        if !state.status.earns() {
            return Ok(Self { programme, state, goods: Vec::new(), rules: Vec::new() });
        }
        let mut goods = eligible_goods(programme, state)?;
        let rules: Vec<&Rule> =
            programme.rules.iter().filter(|rule| rule.event == PURCHASE && applies(rule, given)).collect();
        put_base(&mut goods, &rules)?;
        Ok(Self { programme, state, goods, rules })
    }

    /// How a rule that applies comes to its points.
    pub fn working(&self, rule: &Rule) -> Result<Working, TooLarge> {
        working(rule, &self.goods)
    }

    /// All lines as a rule saw them.
    pub fn seen_by(&self, rule: &Rule) -> impl Iterator<Item = SeenLine<'a>> {
        self.state.lines.iter().map(|line| {
            let good = self.goods.iter().find(|good| good.line.id == line.id);
            let counts = match good {
                Some(good) if covers(rule, good) => Counts::Yes,
                Some(_) => Counts::OtherGoods,
                None if is_excluded(self.programme, line) => Counts::Excluded,
                None => Counts::Yes,
            };
            SeenLine { line, amount: good.map_or(0, |good| good.amount), counts }
        })
    }

    /// Where the base of a multiplier comes from.
    pub fn base_of(&self, multiplier: &Rule) -> Result<Vec<Share>, TooLarge> {
        let mut shares = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.effect.gives_base()) {
            let Working { amount, points, .. } = self.working(rule)?;
            let each = self.goods.iter().zip(parts(points, rule, &self.goods));
            let share = each.filter(|(good, _)| covers(multiplier, good)).map(|(_, points)| points).sum();
            if share != 0 {
                shares.push(Share { rule: rule.name.clone(), points, amount, share });
            }
        }
        Ok(shares)
    }
}

/// A line that can earn.
struct Good<'a> {
    line: &'a Line,
    /// The minor units it counts with.
    amount: i64,
    /// Points that rules give for it by amount: what multipliers multiply.
    base: i64,
}

/// Lines after discounts and returns in the programme's money, without gift cards and excluded categories; a refund that names
/// no line is spread over all lines.
fn eligible_goods<'a>(programme: &Programme, state: &'a OrderState) -> Result<Vec<Good<'a>>, TooLarge> {
    let settings = &programme.settings;
    let worth = match settings.points_on {
        PointsOn::WithTax => state.worth(&settings.currency)?,
        PointsOn::WithoutTax => state.worth_untaxed(&settings.currency)?,
    };
    let goods = state.lines.iter().zip(worth).map(|(line, amount)| Good { line, amount, base: 0 });
    Ok(goods.filter(|good| good.amount > 0 && !is_excluded(programme, good.line)).collect())
}

fn is_excluded(programme: &Programme, line: &Line) -> bool {
    line.gift_card || within_any(line, &programme.settings.excluded)
}

/// Whether anything of an order could earn.
pub fn has_goods(programme: &Programme, state: &OrderState) -> Result<bool, TooLarge> {
    Ok(!eligible_goods(programme, state)?.is_empty())
}

fn within_any(line: &Line, prefixes: &[String]) -> bool {
    line.category.as_deref().is_some_and(|path| prefixes.iter().any(|prefix| names::within(path, prefix)))
}

fn covers(rule: &Rule, good: &Good<'_>) -> bool {
    rule.categories.is_empty() || within_any(good.line, &rule.categories)
}

/// Base points of each good: each per-amount rule is rounded once for the order and spread over its goods.
fn put_base(goods: &mut [Good<'_>], rules: &[&Rule]) -> Result<(), TooLarge> {
    for rule in rules.iter().filter(|rule| rule.effect.gives_base()) {
        let parts = parts(working(rule, goods)?.points, rule, goods);
        for (good, part) in goods.iter_mut().zip(parts) {
            good.base += part;
        }
    }
    Ok(())
}

/// Points of a rule, spread over its goods by their amounts.
fn parts(points: i64, rule: &Rule, goods: &[Good<'_>]) -> Vec<i64> {
    let weights: Vec<i64> = goods.iter().map(|good| if covers(rule, good) { good.amount } else { 0 }).collect();
    spread(points, &weights)
}

/// How a rule comes to its points, step by step: what decides is what explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Working {
    /// Minor units of the goods it looks at.
    pub amount: i64,
    /// Base points of these goods; only multipliers look at them.
    pub base: i64,
    /// Full amounts in `amount`; only for points per amount.
    pub times: i64,
    pub points: i64,
}

fn working(rule: &Rule, goods: &[Good<'_>]) -> Result<Working, TooLarge> {
    let (mut amount, mut base, mut any) = (0, 0, false);
    for good in goods.iter().filter(|good| covers(rule, good)) {
        (amount, base, any) = (amount + good.amount, base + good.base, true);
    }
    let (times, points) = match rule.effect {
        Effect::PerAmount { points, per } => (amount / per, i128::from(amount / per) * i128::from(points)),
        Effect::Multiply { thousandths } => (0, i128::from(base) * i128::from(thousandths - 1000) / 1000),
        Effect::Fixed { points } => (0, if any { points.into() } else { 0 }),
    };
    let points = bounds::points(points, ("/lines", "the points of one order"))?;
    Ok(Working { amount, base, times, points })
}

/// A line as a rule saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenLine<'a> {
    pub line: &'a Line,
    /// After discounts and returns, with its part of a refund that names no line.
    pub amount: i64,
    pub counts: Counts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    Yes,
    /// The programme excludes its category.
    Excluded,
    /// The rule is for other goods.
    OtherGoods,
}

/// The part of a multiplied base that one rule gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The rule's name.
    pub rule: String,
    /// What it gives for the whole order, and for how much.
    pub points: i64,
    pub amount: i64,
    /// What of these points falls on the multiplier's goods.
    pub share: i64,
}
