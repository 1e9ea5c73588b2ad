//! Points that paid: which line they were put on, fixed when they did, and how many of them come back with what is left of the
//! order. A line's points come back by its net value, which is what was to pay for it in money besides: all money back is all
//! points back. Points for some goods lie on these and come back with these.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    lot::{Lot, Part},
    order::{Line, OrderState, Status},
};
use crate::{
    programme::{Settings, names},
    values::{
        bounds::TooLarge,
        money::{is_zero, spread, spread_within},
    },
};

/// What points paid of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funded {
    pub line: String,
    /// Minor units that were left to pay in money, in the order's currency.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub net: i64,
    /// Minor units of the goods, where nothing was left to pay.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub value: i64,
    pub points: i64,
    /// The lot, where it may pay only for some goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
}

/// Lines that something is put on: how much each weighs, and how much there is room for.
pub struct Lines<'a> {
    pub lines: &'a [Line],
    pub weights: Vec<i64>,
    pub caps: Vec<i64>,
}

/// An amount, and the goods it may pay for; none = all.
pub type Share<'a> = (i64, &'a [String]);

impl Lines<'_> {
    /// Puts each share on the lines, those for some goods first. What finds no room goes by weight alone.
    pub fn put(mut self, shares: &[Share<'_>]) -> Vec<Vec<i64>> {
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by_key(|index| (shares[*index].1.is_empty(), *index));
        let mut put = vec![Vec::new(); shares.len()];
        for index in order {
            put[index] = self.put_one(shares[index]);
        }
        put
    }

    fn put_one(&mut self, (amount, goods): Share<'_>) -> Vec<i64> {
        let covered: Vec<bool> = self.lines.iter().map(|line| covers(goods, line)).collect();
        let any = covered.iter().any(|covered| *covered);
        let only = |all: &[i64]| -> Vec<i64> {
            all.iter().zip(&covered).map(|(of, covered)| if *covered || !any { *of } else { 0 }).collect()
        };
        let (weights, caps) = (only(&self.weights), only(&self.caps));
        let (mut put, rest) = spread_within(amount, &weights, &caps);
        self.caps.iter_mut().zip(&put).for_each(|(cap, put)| *cap -= put);
        let beyond = if weights.iter().any(|weight| *weight > 0) { spread(rest, &weights) } else { self.evenly(rest) };
        put.iter_mut().zip(beyond).for_each(|(put, more)| *put += more);
        put
    }

    fn evenly(&self, amount: i64) -> Vec<i64> {
        spread(amount, &vec![1; self.lines.len()])
    }
}

/// Whether a line is among the goods.
pub fn covers(goods: &[String], line: &Line) -> bool {
    let within = |path: &str| goods.iter().any(|prefix| names::within(path, prefix));
    goods.is_empty() || line.category.as_deref().is_some_and(within)
}

/// What these parts pay of the order as it stands: as the order says it, else by what is left to pay of each line, within its
/// discount.
pub fn fund(state: &OrderState, parts: &[Part], settings: &Settings) -> Result<Vec<Funded>, TooLarge> {
    let points: i64 = parts.iter().map(|part| part.lot.points).sum();
    let by_points: Vec<i64> = state.lines.iter().map(|line| line.by_points).collect();
    let net: Vec<i64> = state.lines.iter().map(|line| line.total().max(0)).collect();
    let (weights, caps) = if by_points.iter().any(|points| *points > 0) {
        let caps = spread(points, &by_points);
        (caps.clone(), caps)
    } else {
        let discounts = state.exchanged(state.lines.iter().map(|line| line.discount).collect(), &settings.currency)?;
        (net.clone(), discounts.iter().map(|discount| settings.spending.points_for(*discount)).collect())
    };
    let shares: Vec<Share<'_>> = parts.iter().map(|part| (part.lot.points, part.lot.goods.as_slice())).collect();
    let put = Lines { lines: &state.lines, weights, caps }.put(&shares);
    let mut of_any = vec![0; state.lines.len()];
    let mut funded = Vec::new();
    let mut note = |index: usize, points: i64, lot: Option<&String>| {
        let (line, net) = (&state.lines[index], net[index]);
        let value = if net == 0 { line.value() } else { 0 };
        funded.push(Funded { line: line.id.clone(), net, value, points, lot: lot.cloned() });
    };
    for (part, put) in parts.iter().zip(put) {
        for (index, points) in put.into_iter().enumerate().filter(|(_, points)| *points > 0) {
            if part.lot.goods.is_empty() {
                of_any[index] += points;
            } else {
                note(index, points, Some(&part.id));
            }
        }
    }
    of_any
        .into_iter()
        .enumerate()
        .filter(|(_, points)| *points > 0)
        .for_each(|(index, points)| note(index, points, None));
    Ok(funded)
}

/// Points that come back in this state, in all: by lot where it pays only for some goods, the others together. A cumulative
/// target that depends on the state alone, rounded once, half up.
pub fn due_back(funded: &[Funded], state: &OrderState) -> BTreeMap<Option<String>, i64> {
    let kept = state.kept();
    let all = state.status == Status::Cancelled || (state.refunded > 0 && kept.iter().all(|kept| *kept == 0));
    let left = |id: &str, of: &dyn Fn(usize, &Line) -> i64| -> i64 {
        let its = |line: &Line| line.id == id || line.replaces.as_deref() == Some(id);
        state.lines.iter().enumerate().filter(|(_, line)| its(line)).map(|(index, line)| of(index, line)).sum()
    };
    let mut billionths = BTreeMap::<Option<String>, i128>::new();
    for of in funded {
        let (whole, left) = match (of.net, of.value) {
            (0, 0) => (1, 1),
            (0, value) => (value, left(&of.line, &|_, line| line.value_left())),
            (net, _) => (net, left(&of.line, &|index, _| kept[index])),
        };
        let lost = if all { whole } else { (whole - left).max(0) };
        let exact = i128::from(of.points) * i128::from(lost) * BILLION;
        let whole = i128::from(whole);
        *billionths.entry(of.lot.clone()).or_default() += (exact + whole - 1) / whole;
    }
    let rounded = |exact: i128| i64::try_from((exact * 2 + BILLION) / (2 * BILLION)).unwrap_or(0); // no more than was paid
    billionths.into_iter().map(|(lot, exact)| (lot, rounded(exact))).collect()
}

const BILLION: i128 = 1_000_000_000;

/// Whether a part is among those that come back together under this name.
pub fn is_of(part: &Part, lot: Option<&String>) -> bool {
    let Lot { goods, .. } = &part.lot;
    lot.map_or(goods.is_empty(), |lot| !goods.is_empty() && part.id == *lot)
}
