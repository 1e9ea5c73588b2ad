//! What an order or an event earns, from its state and what was pinned alone. No history, no balance: that is what makes
//! repetition, loss and any order of arrival end in the same points.

mod applies;
mod goods;
mod seen;
mod stacking;

use std::collections::BTreeMap;

use super::{
    facts::{Context, Of},
    order::OrderState,
    pins::Pins,
};
pub use applies::{Circumstances, is_first_purchase, unmet};
pub use goods::has_goods;
pub use goods::{Good, countable_goods, is_excluded};
use goods::{covers, eligible_goods};
pub use seen::{Counts, SeenLine, Share};

use crate::{
    loyalty::{Programme, reasons::Because},
    programme::{Effect, Rule, condition::Unmet},
    values::bounds::{self, TooLarge},
};

/// Points per rule for an order in this state; rules that give nothing are left out.
pub fn earned_by_order(
    programme: &Programme,
    state: &OrderState,
    given: &Circumstances<'_>,
) -> Result<BTreeMap<String, i64>, TooLarge> {
    let judgement = Judgement::of(programme, state, given)?;
    let points = judgement
        .rules
        .iter()
        .copied()
        .chain(&judgement.own)
        .map(|rule| Ok((rule.id.clone(), judgement.working(rule)?.points)));
    bounded(points, ("/lines", "the points of one order"))
}

/// Points per rule for an event of another kind.
pub fn earned_by_event(
    programme: &Programme,
    kind: &str,
    given: &Circumstances<'_>,
) -> Result<BTreeMap<String, i64>, TooLarge> {
    let rules = stacking::of_event(programme, kind, given).0;
    bounded(rules.iter().map(|rule| Ok((rule.id.clone(), fixed(rule)))), ("/type", "the points of one event"))
}

/// Rules that would give for an event, but stand back behind others.
pub fn stands_back<'a>(programme: &'a Programme, kind: &str, given: &Circumstances<'_>) -> Vec<(&'a Rule, Because)> {
    stacking::of_event(programme, kind, given).1
}

/// Rules that an event meets, and that do not stand back.
pub fn met_by_event<'a>(programme: &'a Programme, kind: &str, given: &Circumstances<'_>) -> Vec<&'a Rule> {
    stacking::of_event(programme, kind, given).0
}

/// The check refuses amounts and multipliers on events without an amount.
fn fixed(rule: &Rule) -> i64 {
    if let Effect::Fixed { points } = rule.effect { points } else { 0 }
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

/// An order in one state as its rules see it: they all look at the same goods, which are found once.
pub struct Judgement<'a> {
    programme: &'a Programme,
    state: &'a OrderState,
    pins: &'a Pins,
    goods: Vec<Good<'a>>,
    /// Those that give, in the order of the table.
    rules: Vec<&'a Rule>,
    /// What multiplies the base points that these give, for the member's sake.
    own: Option<Rule>,
    /// Those that would, and why they stand back behind others.
    stand_back: Vec<(&'a Rule, Because)>,
}

impl<'a> Judgement<'a> {
    /// To an order that does not earn no rule applies.
    pub fn of(programme: &'a Programme, state: &'a OrderState, given: &Circumstances<'a>) -> Result<Self, TooLarge> {
        let (goods, rules, stand_back) = (Vec::new(), Vec::new(), Vec::new());
        let mut judgement = Self { programme, state, pins: given.pins, goods, rules, own: None, stand_back };
        if !state.status.earns() {
            return Ok(judgement);
        }
        judgement.own = given.multiplied();
        judgement.goods = eligible_goods(programme, state)?;
        let applies = |rule: &&Rule| unmet(programme, rule, given).is_none() && judgement.unmet(rule).is_none();
        let may_apply = programme.index().of_order(state, given.pins, &judgement.goods).into_iter();
        judgement.rules = may_apply.map(|place| &programme.rules[place]).filter(applies).collect();
        judgement.put_base()?;
        if judgement.rules.iter().all(|rule| stacking::is_plain(rule)) { Ok(judgement) } else { judgement.stacked() }
    }

    /// Without those that stand back; what they gave is no base of others.
    fn stacked(mut self) -> Result<Self, TooLarge> {
        let points = self.rules.iter().map(|rule| Ok(self.working(rule)?.points)).collect::<Result<Vec<_>, _>>()?;
        let has_goods = |rule: &Rule| self.goods.iter().any(|good| covers(rule, good));
        let gives = |(rule, points): (&'a Rule, i64)| stacking::Would {
            rule,
            points,
            more: rule.gives_more() && has_goods(rule),
        };
        let each = self.rules.iter().copied().zip(points).map(gives).collect();
        (self.rules, self.stand_back) = stacking::chosen(each);
        self.put_base()?;
        Ok(self)
    }

    /// Base points of each good: each rule that gives them is rounded once for the order and spread over its goods.
    fn put_base(&mut self) -> Result<(), TooLarge> {
        self.goods.iter_mut().for_each(|good| good.base = 0);
        for rule in self.rules.iter().filter(|rule| rule.effect.gives_base()) {
            let parts = goods::parts(working(rule, &self.goods)?.points, rule, &self.goods);
            for (good, part) in self.goods.iter_mut().zip(parts) {
                good.base += part;
            }
        }
        Ok(())
    }

    /// The first of a rule's conditions on the order's content that does not hold.
    pub fn unmet(&self, rule: &Rule) -> Option<Because> {
        let unmet = || self.unmet_condition(rule).map(|_| Because::Condition);
        applies::unmet_by(rule, self.state, &self.goods).or_else(unmet)
    }

    /// What of the rule's condition it does not meet.
    pub fn unmet_condition<'r>(&self, rule: &'r Rule) -> Option<Unmet<'r>> {
        let Self { programme, state, pins, .. } = *self;
        rule.condition.as_ref()?.unmet(&Context { programme, pins, of: Of::Order { state, goods: &self.goods } })
    }

    /// Rules that the order meets with goods of theirs, and that do not stand back.
    pub fn met(&self) -> impl Iterator<Item = &'a Rule> {
        self.rules.iter().copied().filter(|rule| self.goods.iter().any(|good| covers(rule, good)))
    }

    /// Whether it gives something beside points for this order.
    pub fn gives_more(&self, rule: &Rule) -> bool {
        rule.gives_more() && self.met().any(|met| met.id == rule.id)
    }

    /// What a rule stands back for that would give, if it does.
    pub fn stands_back(&self, rule: &Rule) -> Option<Because> {
        self.stand_back.iter().find(|(other, _)| other.id == rule.id).map(|(_, because)| *because)
    }

    /// How a rule that applies comes to its points.
    pub fn working(&self, rule: &Rule) -> Result<Working, TooLarge> {
        working(rule, &self.goods)
    }
}

/// How a rule comes to its points, step by step: what decides is what explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Working {
    /// Minor units of the goods it looks at, times the factors of articles.
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
        (amount, base, any) = (amount + good.weight, base + good.base, true);
    }
    let (times, points) = match rule.effect {
        Effect::PerAmount { points, per } => (amount / per, i128::from(amount / per) * i128::from(points)),
        Effect::Multiply { thousandths } => (0, i128::from(base) * i128::from(thousandths - 1000) / 1000),
        Effect::Fixed { points } => (0, if any { points.into() } else { 0 }),
        Effect::PercentBack { hundredths, points, per } => (0, percent_back(amount, hundredths, (points, per))),
    };
    let points = bounds::points(points, ("/lines", "the points of one order"))?;
    Ok(Working { amount, base, times, points })
}

/// A part of the money as points, half up. 2.5 % of 49.90 is 1.2475; where 100 points pay 1.00 that is 125 points:
/// (4990 x 250 x 100 x 2 + 1 000 000) / (1 000 000 x 2) = 125.
fn percent_back(amount: i64, hundredths: i64, (points, per): (i64, i64)) -> i128 {
    let whole = i128::from(per) * 10_000;
    (i128::from(amount) * i128::from(hundredths) * i128::from(points) * 2 + whole) / (whole * 2)
}
