//! Names that orders, events and members brought: what a cell names and nothing ever brought is probably a slip.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    names::{self, Kind},
    rule::{BIRTHDAY, JOINED, PURCHASE, is_derived},
    tables::Cells,
};
use crate::values::{bounds::NAMES_KEPT, near::is_it_meant};

/// Before a shop has had so many orders, nobody knows what never comes; what looks like a slip is told at once.
pub const ORDERS_ENOUGH: usize = 100;

/// The names, as they were spelled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    names: BTreeMap<Kind, BTreeSet<String>>,
    orders: usize,
}

impl Seen {
    /// What so many orders, counted up to [`ORDERS_ENOUGH`], brought; their names are still to be added.
    pub fn after(orders: usize) -> Self {
        Self { orders, ..Self::default() }
    }

    /// Takes in a name.
    pub fn add(&mut self, kind: Kind, name: impl Into<String>) {
        self.names.entry(kind).or_default().insert(name.into());
    }

    /// The names of a kind, as they were spelled.
    pub fn names(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.names.get(&kind).into_iter().flatten().map(String::as_str)
    }

    /// What is to be said of the names in such a cell.
    pub(super) fn look(&self, cells: Cells, cell: &str) -> Vec<String> {
        let Some(kind) = cells.names() else { return Vec::new() };
        let names = cell.split([',', ';', '\n']).map(str::trim).filter(|name| !name.is_empty());
        let awaited = |name| if cells == Cells::AwaitedEvents { str::strip_prefix(name, "event:") } else { Some(name) };
        names.filter_map(awaited).filter_map(|name| self.never((kind, cells), name)).collect()
    }

    /// What is to be said of a name that nothing ever brought. While nothing of its kind came, nothing is known.
    fn never(&self, (kind, cells): (Kind, Cells), name: &str) -> Option<String> {
        let seen = self.names.get(&kind).filter(|seen| !seen.is_empty() && seen.len() < NAMES_KEPT)?;
        let known = |name| is_derived(name) || [PURCHASE, BIRTHDAY, JOINED].iter().any(|own| names::same(own, name));
        let ours = kind == Kind::Event && known(name);
        let is_it = |given: &String| match kind {
            Kind::Category => names::within(given, name),
            _ => names::same(given, name),
        };
        if ours || seen.iter().any(is_it) {
            return None;
        }
        let mut known: Vec<&str> = seen.iter().map(String::as_str).collect();
        if kind == Kind::Category {
            known.extend(seen.iter().flat_map(|path| path.match_indices('/').map(|(at, _)| path[..at].trim())));
        }
        let near = is_it_meant(name, &known);
        let telling = !near.is_empty() || self.orders >= ORDERS_ENOUGH && cells != Cells::CategoriesKeptOut;
        telling.then(|| format!("no {} `{name}` has ever come{near}", kind.name()))
    }
}
