//! The goods of an order that can earn, and what they count with.

use crate::{
    loyalty::{
        Programme,
        order::{Line, OrderState},
    },
    programme::{PointsOn, Rule, names, product::ONCE},
    values::{
        bounds::TooLarge,
        money::{share, spread},
    },
};

/// A line that can earn.
pub struct Good<'a> {
    pub line: &'a Line,
    /// The minor units it counts with.
    pub amount: i64,
    /// The same for points by amount: times the factor of its article.
    pub weight: i64,
    /// Points that rules give for it by amount: what multipliers multiply.
    pub(super) base: i64,
}

/// Lines after discounts and returns in the programme's money, without gift cards and excluded categories; a refund that names
/// no line is spread over all lines.
pub(super) fn eligible_goods<'a>(programme: &Programme, state: &'a OrderState) -> Result<Vec<Good<'a>>, TooLarge> {
    let mut goods = countable_goods(programme, state)?;
    goods.retain(|good| good.amount > 0);
    Ok(goods)
}

/// The same with those of which something is kept and that cost nothing.
pub fn countable_goods<'a>(programme: &Programme, state: &'a OrderState) -> Result<Vec<Good<'a>>, TooLarge> {
    let settings = &programme.settings;
    let worth = match settings.points_on {
        PointsOn::WithTax => state.worth(&settings.currency)?,
        PointsOn::WithoutTax => state.worth_untaxed(&settings.currency)?,
    };
    let goods = state.lines.iter().zip(worth).map(|(line, amount)| {
        let weight = share(amount, programme.products.factor(line.sku.as_deref()), ONCE);
        Good { line, amount, weight, base: 0 }
    });
    let kept = |line: &Line| line.returned < line.quantity;
    Ok(goods.filter(|good| (good.amount > 0 || kept(good.line)) && !is_excluded(programme, good.line)).collect())
}

/// Gift cards, excluded categories, and articles that never earn.
pub fn is_excluded(programme: &Programme, line: &Line) -> bool {
    let excluded = |path: &str| programme.settings.excluded.iter().any(|prefix| names::within(path, prefix));
    let never = || programme.products.factor(line.sku.as_deref()) == 0;
    line.gift_card || line.category.as_deref().is_some_and(excluded) || never()
}

/// Whether anything of an order could earn.
pub fn has_goods(programme: &Programme, state: &OrderState) -> Result<bool, TooLarge> {
    Ok(!eligible_goods(programme, state)?.is_empty())
}

pub(super) fn covers(rule: &Rule, good: &Good<'_>) -> bool {
    rule.goods.are_all() || rule.goods.include(good.line.article())
}

/// Points of a rule, spread over its goods by what they count for points.
pub(super) fn parts(points: i64, rule: &Rule, goods: &[Good<'_>]) -> Vec<i64> {
    let weights: Vec<i64> = goods.iter().map(|good| if covers(rule, good) { good.weight } else { 0 }).collect();
    spread(points, &weights)
}
