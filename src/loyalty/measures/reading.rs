//! What one order's document, or one event, gives to a measure: a function of it alone.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Counts, Needed, Of, Unit, Window};
use crate::{
    loyalty::{
        Programmes,
        earn::{Good, countable_goods},
        order::{Line, Order},
    },
    programme::{is_derived, names},
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
    needed: &[Needed<'_>],
) -> Result<Vec<Option<(String, Given)>>, TooLarge> {
    if !order.state.status.earns() || order.before_joining {
        return Ok(vec![None; needed.len()]);
    }
    let pinned = &programmes.number(order.programme).programme;
    let goods = countable_goods(pinned, &order.state)?;
    let total: i64 = goods.iter().map(|good| good.amount).sum();
    let given = needed.iter().map(|needed| {
        let zone = &pinned.settings.zone;
        let day = || Window::Each(Unit::Day).place(order.state.placed_at, zone);
        let given = given(needed, (order, total), &goods, &day)?;
        Some((needed.measure.window.place(order.state.placed_at, zone), given))
    });
    Ok(given.collect())
}

fn given(
    needed: &Needed<'_>,
    (order, total): (&Order, i64),
    goods: &[Good<'_>],
    day: &dyn Fn() -> String,
) -> Option<Given> {
    let (measure, state) = (needed.measure, &order.state);
    let is_one = |names: &[String], given: Option<&String>| {
        names.is_empty() || given.is_some_and(|given| names::any_is(names, given))
    };
    let stands = total > 0 && total >= measure.smallest;
    let here = is_one(&measure.stores, state.store.as_ref()) && is_one(&measure.channels, state.channel.as_ref());
    if !stands || !here || !needed.covers(state.placed_at, order.programme) {
        return None;
    }
    let counts = |good: &&Good<'_>| (good.amount > 0 || measure.free) && measure.goods.include(good.line.article());
    let counted: Vec<&Good<'_>> = goods.iter().filter(counts).collect();
    if counted.is_empty() {
        return None;
    }
    let values = |of: fn(&Line) -> Option<&String>| {
        let values = counted.iter().filter_map(|good| of(good.line)).map(|name| names::key(name));
        Some(Given::Values(values.filter(|value| !value.is_empty()).collect()))
    };
    let parts = |parts: u8| {
        let paths = counted.iter().filter_map(|good| good.line.category.as_deref());
        Given::Values(paths.filter_map(|path| first_parts(&names::key(path), parts)).collect())
    };
    let given = match &measure.counts {
        Counts::Orders | Counts::Row(_) => Given::Number(1),
        Counts::FullPriceOrders => {
            let reduced = |line: &Line| line.discount > line.by_codes + line.by_points;
            if counted.iter().all(|good| reduced(good.line)) {
                return None;
            }
            Given::Number(1)
        }
        Counts::Quantity => {
            Given::Number(counted.iter().map(|good| good.line.quantity.0 - good.line.returned.0).sum::<i64>().max(0))
        }
        Counts::Amount => Given::Number(counted.iter().map(|good| good.amount).sum()),
        Counts::Points => Given::Number(order.earned()),
        Counts::Different(Of::Category) => values(|line| line.category.as_ref())?,
        Counts::Different(Of::CategoryTo(many)) => parts(*many),
        Counts::Different(Of::ProductBrand) => values(|line| line.product_brand.as_ref())?,
        Counts::Different(Of::Product) => values(|line| line.sku.as_ref())?,
        Counts::Different(Of::Store) => Given::Values(state.store.iter().map(|store| names::key(store)).collect()),
        Counts::Different(Of::Day) => Given::Values([day()].into()),
        Counts::Events(_) | Counts::Membership => return None,
    };
    Some(given)
}

/// The first so many parts of a path; none of one that has fewer.
pub fn first_parts(path: &str, parts: u8) -> Option<String> {
    let first: Vec<&str> = path.split('/').take(parts.into()).collect();
    (first.len() == usize::from(parts)).then(|| first.join("/"))
}

/// What an event of this kind gives, which rules gave so many points for.
pub fn of_event(
    programmes: &Programmes,
    (kind, points): (&str, i64),
    at: Timestamp,
    needed: &Needed<'_>,
) -> Option<(String, Given)> {
    let version = programmes.at(at);
    if !needed.covers(at, version.number) {
        return None;
    }
    let given = match &needed.measure.counts {
        Counts::Events(wanted) if names::same(wanted, kind) => 1,
        // What the ledger tells itself feeds nothing that made it do so.
        Counts::Points if points != 0 && !is_derived(kind) => points,
        _ => return None,
    };
    Some((needed.measure.window.place(at, &version.programme.settings.zone), Given::Number(given)))
}
