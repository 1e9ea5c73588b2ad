//! Stores: what is known of them beside their ids in orders.

use std::collections::BTreeMap;

use super::names;

/// Rows of one version, at most.
pub const MOST: usize = 10_000;

/// One store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlet {
    pub name: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    /// Of who joins by buying there and says no other.
    pub language: Option<String>,
}

/// By the store's id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stores(BTreeMap<String, Outlet>);

impl Stores {
    pub fn add(&mut self, id: &str, outlet: Outlet) {
        self.0.insert(names::key(id), outlet);
    }

    /// What is known of the store that an order names.
    pub fn of(&self, id: Option<&String>) -> Option<&Outlet> {
        if self.0.is_empty() { None } else { self.0.get(&names::key(id?)) }
    }
}
