//! What one order's document, or one event, gives to a measure: a function of it alone.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Asked, Counts, Of, Unit, Window};
use crate::{
    loyalty::{
        Programmes,
        earn::{Good, countable_goods},
        order::{Line, Order},
    },
    programme::names,
    values::bounds::TooLarge,
};

/// What is given at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    Number(i64),
    Values(BTreeSet<String>),
}

/// What an order's document gives to each of these measures, and where; nothing where it does not count.
pub fn of_order(
    programmes: &Programmes,
    order: &Order,
    asked: &[Asked<'_>],
) -> Result<Vec<Option<(String, Given)>>, TooLarge> {
    if !order.state.status.earns() {
        return Ok(vec![None; asked.len()]);
    }
    let pinned = &programmes.number(order.programme).programme;
    let goods = countable_goods(pinned, &order.state)?;
    let total: i64 = goods.iter().map(|good| good.amount).sum();
    let given = asked.iter().map(|asked| {
        let zone = &pinned.settings.zone;
        let day = || Window::Each(Unit::Day).place(order.state.placed_at, zone);
        let given = given(asked, (order, total), &goods, &day)?;
        Some((asked.measure.window.place(order.state.placed_at, zone), given))
    });
    Ok(given.collect())
}

fn given(
    asked: &Asked<'_>,
    (order, total): (&Order, i64),
    goods: &[Good<'_>],
    day: &dyn Fn() -> String,
) -> Option<Given> {
    let (measure, state) = (asked.measure, &order.state);
    let told = |wanted: &[String], told: Option<&String>| {
        wanted.is_empty() || told.is_some_and(|told| names::any_is(wanted, told))
    };
    let stands = total > 0 && total >= measure.smallest;
    let here = told(&measure.stores, state.store.as_ref()) && told(&measure.channels, state.channel.as_ref());
    if !stands || !here || !asked.covers(state.placed_at, order.programme) {
        return None;
    }
    let within = |line: &Line| {
        let category = |path: &String| measure.categories.iter().any(|prefix| names::within(path, prefix));
        (measure.categories.is_empty() || line.category.as_ref().is_some_and(category))
            && told(&measure.products, line.sku.as_ref())
    };
    let counts = |good: &&Good<'_>| (good.amount > 0 || measure.free) && within(good.line);
    let counted: Vec<&Good<'_>> = goods.iter().filter(counts).collect();
    if counted.is_empty() {
        return None;
    }
    let values = |of: fn(&Line) -> Option<&String>| {
        let values = counted.iter().filter_map(|good| of(good.line)).map(|name| names::key(name));
        Some(Given::Values(values.filter(|value| !value.is_empty()).collect()))
    };
    let given = match &measure.counts {
        Counts::Orders | Counts::Row(_) => Given::Number(1),
        Counts::Quantity => {
            Given::Number(counted.iter().map(|good| good.line.quantity.0 - good.line.returned.0).sum::<i64>().max(0))
        }
        Counts::Amount => Given::Number(counted.iter().map(|good| good.amount).sum()),
        Counts::Points => Given::Number(order.earned()),
        Counts::Different(Of::Category) => values(|line| line.category.as_ref())?,
        Counts::Different(Of::Product) => values(|line| line.sku.as_ref())?,
        Counts::Different(Of::Store) => Given::Values(state.store.iter().map(|store| names::key(store)).collect()),
        Counts::Different(Of::Day) => Given::Values([day()].into()),
        Counts::Events(_) => return None,
    };
    Some(given)
}

/// What an event of this kind gives, which rules gave so many points for.
pub fn of_event(
    programmes: &Programmes,
    (kind, points): (&str, i64),
    at: Timestamp,
    asked: &Asked<'_>,
) -> Option<(String, Given)> {
    let version = programmes.at(at);
    if !asked.covers(at, version.number) {
        return None;
    }
    let given = match &asked.measure.counts {
        Counts::Events(wanted) if names::same(wanted, kind) => 1,
        Counts::Points if points != 0 => points,
        _ => return None,
    };
    Some((asked.measure.window.place(at, &version.programme.settings.zone), Given::Number(given)))
}
