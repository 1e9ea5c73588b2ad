//! What a measure counts, of which goods, and in which windows. It is known by a short name that follows from all of it, so rows
//! that ask for the same share it, and an edited one is another.

use std::borrow::Cow;

use jiff::Timestamp;

use super::{Unit, Window};
use crate::{
    loyalty::{Programmes, versions::Beginning},
    programme::{goods::Goods, names},
    values::id::derived_uuid,
};

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counts {
    Orders,
    /// Of these, such with goods that the shop took nothing off, by codes and points excepted.
    FullPriceOrders,
    /// Thousandths of a piece.
    Quantity,
    /// Minor units of the programme's money.
    Amount,
    /// Points that rules gave.
    Points,
    Different(Of),
    /// Parts of the calendar with an order.
    Row(Unit),
    /// Events of this type.
    Events(String),
    /// Months since joining: time alone moves it.
    Membership,
}

/// What values are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Category,
    /// The first so many parts of its path; what lies higher has none.
    CategoryTo(u8),
    Product,
    ProductBrand,
    Store,
    Day,
}

impl Of {
    /// Parts of a category's path that are told apart, at most.
    pub const DEEPEST: usize = 6;
    const CATEGORIES_TO: [&str; Self::DEEPEST] = [
        "different categories/1",
        "different categories/2",
        "different categories/3",
        "different categories/4",
        "different categories/5",
        "different categories/6",
    ];
}

/// A measure by its definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    name: String,
    pub counts: Counts,
    pub window: Window,
    pub goods: Goods,
    pub stores: Vec<String>,
    pub channels: Vec<String>,
    /// Minor units that the goods of an order must come to.
    pub smallest: i64,
    /// Whether goods that cost nothing count.
    pub free: bool,
    /// Half-open: `from <= instant < until`.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Whether what was before the version that first needs it counts, too.
    pub past: bool,
}

/// A measure that begins later for one member, and may end sooner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// What it is of.
    pub of: String,
    pub since: Timestamp,
    pub until: Option<Timestamp>,
}

/// A measure that a row needs.
#[derive(Debug, Clone)]
pub struct Needed<'p> {
    /// By what a document keeps it: its name, the version with which it began, and for whom it begins later, when.
    pub key: Cow<'p, str>,
    pub measure: &'p Measure,
    pub begun: &'p Beginning,
    /// Only what is later counts, and only until the end.
    pub own: Option<Own>,
    /// What is earlier does not count: there was too much of it.
    pub begins: Option<Timestamp>,
}

impl<'p> Needed<'p> {
    /// As a version needs it, if it does.
    pub fn of(measure: &'p Measure, (programmes, version): (&'p Programmes, u32), own: Option<Own>) -> Option<Self> {
        let name = measure.begins_as(own.as_ref().map(|own| &own.of));
        let begun = programmes.begun(version, &name)?;
        let key = own.as_ref().map(|own| {
            let until = own.until.map(|until| format!("/{until}")).unwrap_or_default();
            Cow::Owned(format!("{} {}{until}", begun.key, own.since))
        });
        let key = key.unwrap_or(Cow::Borrowed(if measure.past { measure.name() } else { begun.key.as_str() }));
        Some(Self { key, measure, begun, own, begins: None })
    }

    /// Whether the past counts, too, so that a document holds it whole or not at all.
    pub fn counts_past(&self) -> bool {
        self.measure.past && self.own.is_none()
    }

    /// Whether something of this instant counts that the version of this number judges.
    pub fn covers(&self, at: Timestamp, version: u32) -> bool {
        let Measure { from, until, .. } = self.measure;
        let begun = self.counts_past() || version >= self.begun.version && at >= self.begun.at;
        begun
            && self.begins.is_none_or(|begins| begins <= at)
            && self.own.as_ref().is_none_or(|own| own.since < at && own.until.is_none_or(|end| at < end))
            && from.is_none_or(|from| from <= at)
            && until.is_none_or(|until| at < until)
    }
}

/// The window in the name of a measure.
pub(super) fn window_of(key: &str) -> Window {
    key.split('|').nth(1).and_then(|window| window.parse().ok()).unwrap_or(Window::Ever)
}

/// What ends the name of a measure that counts the past.
const PAST: &str = "|past";

/// Whether a measure of this name counts the past.
pub fn counts_past(name: &str) -> bool {
    name.ends_with(PAST)
}

impl Measure {
    /// All orders, or all events of a type.
    pub fn of(counts: Counts, window: Window) -> Self {
        let (stores, channels, from, until) = (Vec::new(), Vec::new(), None, None);
        let (name, goods) = (String::new(), Goods::default());
        Self { name, counts, window, goods, stores, channels, smallest: 0, free: false, from, until, past: false }
            .named()
    }

    /// With the name that follows from the rest.
    pub fn named(self) -> Self {
        Self { name: self.its_name(), ..self }
    }

    /// The name under which it begins: rows that ask for the same share it; one that begins later for each member is a row's own.
    pub fn begins_as<T: AsRef<str>>(&self, of: Option<T>) -> Cow<'_, str> {
        let own = of.map(|of| Cow::Owned(format!("{}|{}", self.name, of.as_ref())));
        own.unwrap_or(Cow::Borrowed(&self.name))
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type of the events that it counts, if it does.
    pub fn event(&self) -> Option<&str> {
        if let Counts::Events(kind) = &self.counts { Some(kind) } else { None }
    }

    /// Like `quantity|ever|6f0c2a9d41be`: what, in which windows, and twelve digits where it is not all orders and goods.
    fn its_name(&self) -> String {
        let (what, of) = match &self.counts {
            Counts::Orders => ("orders", ""),
            Counts::FullPriceOrders => ("full price orders", ""),
            Counts::Quantity => ("quantity", ""),
            Counts::Amount => ("amount", ""),
            Counts::Points => ("points", ""),
            Counts::Different(Of::Category) => ("different categories", ""),
            Counts::Different(Of::CategoryTo(parts)) => {
                (Of::CATEGORIES_TO[usize::from(*parts).min(Of::DEEPEST) - 1], "")
            }
            Counts::Different(Of::Product) => ("different products", ""),
            Counts::Different(Of::ProductBrand) => ("different product brands", ""),
            Counts::Different(Of::Store) => ("different stores", ""),
            Counts::Different(Of::Day) => ("different days", ""),
            Counts::Row(_) => ("row", ""),
            Counts::Membership => ("membership", ""),
            Counts::Events(kind) => ("events", kind.as_str()),
        };
        let sorted = |names: &[String]| {
            let mut keys: Vec<String> = names.iter().map(|name| names::key(name)).collect();
            keys.sort();
            keys.join("\u{1e}")
        };
        let instant = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let Goods { categories, products, product_brands } = &self.goods;
        let lists = [categories, products, product_brands, &self.stores, &self.channels].map(|names| sorted(names));
        let rest =
            [names::key(of), self.smallest.to_string(), self.free.to_string(), instant(self.from), instant(self.until)];
        let parts: Vec<&str> = lists.iter().chain(&rest).map(String::as_str).collect();
        let all = ["", "", "", "", "", "", "0", "false", "", ""];
        let digits = derived_uuid(&parts).simple().to_string();
        let digits = if parts == all { String::new() } else { format!("|{}", &digits[..12]) };
        format!("{what}|{}{digits}{}", self.window, if self.past { PAST } else { "" })
    }
}
