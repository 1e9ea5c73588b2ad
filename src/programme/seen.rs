//! Names that orders, events and members brought: what a cell names and nothing ever brought is probably a slip.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    names::{self, Kind},
    rule::{BIRTHDAY, JOINED, PURCHASE, is_derived, own_event_near},
    tables::Cells,
};
use crate::values::{bounds::NAMES_KEPT, near::Near};

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

    /// Made ready to be held against the cells of a whole programme.
    pub(super) fn ready(&self) -> Ready<'_> {
        // While nothing of a kind came, nothing is known; nor where too much came to keep all of it.
        let known = self.names.iter().filter(|(_, seen)| !seen.is_empty() && seen.len() < NAMES_KEPT);
        let kinds = known.map(|(kind, seen)| (*kind, OfKind::of(*kind, seen))).collect();
        Ready { kinds, orders: self.orders }
    }
}

/// The names, found by how they are compared.
pub(super) struct Ready<'s> {
    kinds: BTreeMap<Kind, OfKind<'s>>,
    orders: usize,
}

struct OfKind<'s> {
    /// Of categories also those that they lie below.
    keys: BTreeSet<String>,
    near: Near<'s>,
    /// Questions for names that were looked for already.
    found: RefCell<BTreeMap<String, String>>,
}

/// Names for which a near one is looked for: who writes more that never came has made no slips.
const LOOKED_FOR: usize = 1_000;

impl<'s> OfKind<'s> {
    fn of(kind: Kind, seen: &'s BTreeSet<String>) -> Self {
        let mut known: Vec<&str> = seen.iter().map(String::as_str).collect();
        if kind == Kind::Category {
            known.extend(seen.iter().flat_map(|path| path.match_indices('/').map(|(at, _)| path[..at].trim())));
        }
        let keys = known.iter().map(|name| names::key(name)).collect();
        Self { keys, near: Near::of(known), found: RefCell::default() }
    }

    fn is_it_meant(&self, name: &str) -> String {
        let mut found = self.found.borrow_mut();
        if let Some(known) = found.get(name) {
            return known.clone();
        }
        let near = if found.len() < LOOKED_FOR { self.near.is_it_meant(name) } else { String::new() };
        found.insert(name.to_owned(), near.clone());
        near
    }
}

impl Ready<'_> {
    /// What is to be said of the names in such a cell.
    pub fn look(&self, cells: Cells, cell: &str) -> Vec<String> {
        let Some(kind) = cells.names() else { return Vec::new() };
        let names = cell.split([',', ';', '\n']).map(str::trim).filter(|name| !name.is_empty());
        let awaited = |name| if cells == Cells::AwaitedEvents { str::strip_prefix(name, "event:") } else { Some(name) };
        names.filter_map(awaited).filter_map(|name| self.never((kind, cells), name)).collect()
    }

    /// What is to be said of a name that nothing ever brought.
    fn never(&self, (kind, cells): (Kind, Cells), name: &str) -> Option<String> {
        let (seen, is_event) = (self.kinds.get(&kind), kind == Kind::Event);
        let own = |name| is_derived(name) || [PURCHASE, BIRTHDAY, JOINED].iter().any(|own| names::same(own, name));
        if is_event && own(name) || seen.is_some_and(|seen| seen.keys.contains(&names::key(name))) {
            return None;
        }
        let own_near = || own_event_near(name).filter(|_| is_event).map(|near| format!("; is `{near}` meant?"));
        let near = seen.map(|seen| seen.is_it_meant(name)).filter(|near| !near.is_empty()).or_else(own_near);
        let enough = seen.is_some() && self.orders >= ORDERS_ENOUGH && cells != Cells::CategoriesKeptOut;
        let telling = near.is_some() || enough;
        telling.then(|| format!("no {} `{name}` has ever come{}", kind.name(), near.unwrap_or_default()))
    }
}
