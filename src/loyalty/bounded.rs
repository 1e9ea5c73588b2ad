//! What is held against the bounds of numbers: each event before it is decided, each document before it is kept.

use super::{
    event::Fact,
    lot::Lot,
    member::{Balance, Member, Progress},
    order::{Line, OrderState},
};
use crate::values::{
    bounds::{BALANCE, ORDER, POINTS, RATE, TooLarge, WORTH, amount, within},
    exchange::Exchange,
};

/// What was sent can be decided.
pub fn check(fact: &Fact) -> Result<(), TooLarge> {
    let points = |number: i64, least: i64| within(number, least, POINTS, ("/points", "points of one event"));
    match fact {
        Fact::Order { state, .. } => order(state),
        Fact::OrderImported(past) => {
            within(past.earned, 0, BALANCE, ("/earned", "points of one order"))?;
            order(&past.state)
        }
        Fact::Adjustment(adjustment) => points(adjustment.points, -POINTS),
        Fact::HoldMade(hold) => {
            let goods = ("/goods", "the worth of goods in minor units");
            hold.goods.iter().try_for_each(|of| within(of.amount, 0, WORTH, goods))?;
            points(hold.points, 0)
        }
        Fact::HoldCaptured(captured) => points(captured.points.unwrap_or(0), 0),
        Fact::Opening(opening) => within(opening.points, 1, BALANCE, ("/points", "points that a member brings")),
        Fact::Absorbed(absorbed) | Fact::Restored(absorbed) => {
            let moved = ("/belongings", "what moves between two members");
            let counted = absorbed.belongings.progress.clone();
            let lots = absorbed.belongings.lots.values().map(|lot: &Lot| lot.points);
            let holds = absorbed.belongings.holds.values().map(|hold| hold.points);
            let numbers = lots.chain(holds).chain([absorbed.belongings.debt]);
            numbers.chain(counters(&counted)).try_for_each(|number| within(number, -BALANCE, BALANCE, moved))
        }
        Fact::MemberImported(imported) => imported.carried.iter().try_for_each(|carried| {
            let counted = &carried.counted;
            let qualifying = counted.qualifying.values().flat_map(|of| [of.points, of.spent, of.orders]);
            let mut numbers = counters(&counted.progress).into_iter().chain(qualifying).chain(counted.limits.numbers());
            numbers
                .try_for_each(|number| within(number, -BALANCE, BALANCE, ("/carried", "what is counted of a member")))
        }),
        _ => Ok(()),
    }
}

/// An order's amounts, each and together.
pub fn order(state: &OrderState) -> Result<(), TooLarge> {
    let sum = |of_line: fn(&Line) -> i128| state.lines.iter().map(of_line).sum::<i128>();
    for line in &state.lines {
        let [price, off] = [line.unit_price, line.discount];
        [price, off, line.tax, line.by_points, line.by_codes].iter().try_for_each(|of| within(*of, 0, WORTH, ORDER))?;
        within(line.quantity.0, 0, WORTH, ("/lines", "the quantity of a line in thousandths"))?;
        within(line.returned.0, 0, WORTH, ("/lines", "the returned quantity of a line in thousandths"))?;
    }
    for of_line in [Line::exact_value, |line: &Line| line.discount.into(), |line: &Line| line.tax.into()] {
        amount(sum(of_line))?;
    }
    within(state.shipping, 0, WORTH, ("/shipping", "shipping in minor units"))?;
    within(state.shipping_refunded, 0, WORTH, ("/shipping_refunded", "refunded shipping in minor units"))?;
    within(state.fees, 0, WORTH, ("/fees", "fees and tips in minor units"))?;
    within(state.refunded, 0, WORTH, ("/refunded", "refunded money in minor units"))?;
    let rate = state.exchange.as_ref().map_or(1, |exchange: &Exchange| exchange.rate);
    within(rate, 1, RATE, ("/exchange/rate", "the rate in billionths"))
}

/// What would be kept is within its bounds, or at least nearer to them than it was.
pub fn kept(before: &Member, after: &Member, pointer: &'static str) -> Result<(), TooLarge> {
    let accounts = |balance: &Balance| [balance.available, balance.pending, balance.reserved, balance.debt];
    let (was, is) = (accounts(&before.balance), accounts(&after.balance));
    grown(&was, &is, (pointer, "the balance of a member"))?;
    let (was, is) = (counters(&before.progress), counters(&after.progress));
    grown(&was, &is, (pointer, "what is counted of a member"))
}

fn counters(progress: &Progress) -> [i64; 3] {
    [progress.orders, progress.spent, progress.earned]
}

fn grown(was: &[i64], is: &[i64], place: (&'static str, &'static str)) -> Result<(), TooLarge> {
    let both = was.iter().zip(is);
    let mut grown = both.filter(|(was, is)| is.unsigned_abs() > was.unsigned_abs());
    grown.try_for_each(|(_, is)| within(*is, -BALANCE, BALANCE, place))
}
