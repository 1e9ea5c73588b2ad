//! What a row counts: the measure, its goods and its window.

use super::Column;
use crate::{
    loyalty::measures::{Counts, Measure, Of, Unit, Window},
    programme::{
        Core, PURCHASE,
        check::{known, window},
        goods::Goods,
        names,
        reading::Reading,
    },
};

/// The longest window of days that a goal rolls over.
const DAYS: i32 = 60;

pub(super) fn measure(row: &mut Reading<'_, Column>, core: &Core) -> Measure {
    let (from, until) = window(row, [Column::From, Column::Until], &core.settings);
    let mut measure = Measure::of(counts(row), Window::Ever);
    measure.goods = Goods::read(row, [Column::Categories, Column::Products, Column::ProductBrands]);
    (measure.stores, measure.channels) = (row.list(Column::Stores), row.list(Column::Channels));
    measure.smallest = row.money(Column::SmallestOrder, &core.settings.currency).unwrap_or(0);
    measure.free = row.tick(Column::FreeGoodsCount, false);
    (measure.from, measure.until) = (from, until);
    measure.window = within(row, &measure.counts);
    let from = [("publishing", false), ("start", true), ("joining", false)];
    measure.past = known(row, Column::CountsFrom, &from);
    let is_event = matches!(measure.counts, Counts::Events(_));
    if !measure.goods.are_all() && (is_event || measure.counts == Counts::Points) {
        row.problem(Column::Counts, "has no goods: leave Categories, Products and Product brands empty");
    }
    let by_time = measure.counts == Counts::Membership;
    let joins = row.text(Column::TakesPart).is_some_and(|part| names::same(part, "who joins"));
    if by_time && (!measure.goods.are_all() || measure.stores.len() + measure.channels.len() > 0 || joins) {
        let detail = "time has no goods and no store, and is joined by nobody: leave these cells empty";
        row.problem(Column::Counts, detail);
    }
    if is_event && measure.stores.len() + measure.channels.len() > 0 {
        row.problem(Column::Counts, "an event has no store and no channel: leave Stores and Channels empty");
    }
    measure.named()
}

fn counts(row: &mut Reading<'_, Column>) -> Counts {
    let kind = row.text(Column::Event).map(str::to_owned);
    let events = Counts::Events(String::new());
    let all = [
        ("orders", Counts::Orders),
        ("quantity", Counts::Quantity),
        ("amount", Counts::Amount),
        ("points earned", Counts::Points),
        ("different categories", Counts::Different(Of::Category)),
        ("different products", Counts::Different(Of::Product)),
        ("different stores", Counts::Different(Of::Store)),
        ("days with an order", Counts::Different(Of::Day)),
        ("days in a row", Counts::Row(Unit::Day)),
        ("weeks in a row", Counts::Row(Unit::Week)),
        ("months in a row", Counts::Row(Unit::Month)),
        ("events", events),
        ("months as a member", Counts::Membership),
    ];
    let places: Vec<(&str, usize)> = all.iter().enumerate().map(|(place, (name, _))| (*name, place)).collect();
    let counts = all[known(row, Column::Counts, &places)].1.clone();
    match (counts, kind) {
        (Counts::Events(_), None) => {
            row.unreadable(Column::Event, "is empty; events of which type?");
            Counts::Events(String::new())
        }
        (Counts::Events(_), Some(kind)) => {
            if names::same(&kind, PURCHASE) || crate::loyalty::Fact::is_reserved(&kind) {
                row.problem(
                    Column::Event,
                    format!("`{kind}` is no event that is sent in: choose orders, or an event's type"),
                );
            }
            Counts::Events(kind)
        }
        (counts, Some(_)) => {
            row.disagree(Column::Event, [Column::Counts], "only counts where Counts is events");
            counts
        }
        (counts, None) => counts,
    }
}

fn within(row: &mut Reading<'_, Column>, counts: &Counts) -> Window {
    let window = row.parsed::<Window>(Column::Within);
    match (counts, window) {
        (Counts::Membership, Some(window)) if window != Window::Ever => {
            row.problem(Column::Within, "months as a member have no window: leave it empty");
            Window::Ever
        }
        (Counts::Row(unit), None | Some(Window::Ever)) => Window::Row(*unit),
        (Counts::Row(unit), Some(_)) => {
            row.problem(Column::Within, "a row has no window of its own: leave it empty");
            Window::Row(*unit)
        }
        (_, Some(Window::Row(_))) => {
            row.problem(Column::Within, "choose days, weeks or months in a row in Counts");
            Window::Ever
        }
        (_, Some(Window::Rolling(days, Unit::Day))) if days > DAYS => {
            row.problem(Column::Within, format!("rolls over at most {DAYS}D, or 1M to 24M"));
            Window::Ever
        }
        (_, window) => window.unwrap_or(Window::Ever),
    }
}
