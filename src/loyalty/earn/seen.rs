//! What one rule saw of an order, for whoever asks why: the lines, and where the base of a multiplier comes from.

use super::{
    Judgement, Working,
    goods::{covers, is_excluded, parts},
};
use crate::{
    loyalty::line::Line,
    programme::{Rule, product::ONCE},
    values::bounds::TooLarge,
};

/// A line as a rule saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenLine<'a> {
    pub line: &'a Line,
    /// After discounts and returns, with its part of a refund that names no line.
    pub amount: i64,
    /// The same for points by amount, where the article has a factor.
    pub times: Option<Times>,
    pub counts: Counts,
}

/// The money of an article with a factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    pub thousandths: i64,
    pub amount: i64,
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

impl<'a> Judgement<'a> {
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
            let thousandths = self.programme.products.factor(line.sku.as_deref());
            let times = good.filter(|_| thousandths != ONCE).map(|good| Times { thousandths, amount: good.weight });
            SeenLine { line, amount: good.map_or(0, |good| good.amount), times, counts }
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
