//! What is kept in memory between batches: members' documents, orders, owners of identities. Two generations of each, so
//! that what is used stays and the rest leaves.

use std::{hash::Hash, sync::Arc};

use foldhash::{HashMap, HashSet};

use super::names::Names;
use crate::{
    loyalty::Order,
    store::find::Loaded,
    writer::{batch::Key, near::Near, uncommitted::Joined},
};

/// As last decided.
pub struct Cache {
    pub members: Generations<Key, Arc<Loaded>>,
    /// Only where nobody else writes them.
    pub orders: Generations<Key, Arc<Order>>,
    /// Only where nobody else writes them, and only of identities that nobody gave up.
    pub owners: Generations<Joined, String>,
    /// Names that came since the start.
    pub names: Names,
    /// Identities that were given up: the store is asked for them.
    pub released: HashSet<Joined>,
    pub near: Near,
}

/// Entries per generation. A busy member's document takes 7 kB of memory (measured), an order's 3 kB.
const MEMBERS: usize = 6_000;
const ORDERS: usize = 4_000;
const OWNERS: usize = 12_000;

impl Default for Cache {
    fn default() -> Self {
        Self {
            members: Generations::of(MEMBERS),
            orders: Generations::of(ORDERS),
            owners: Generations::of(OWNERS),
            names: Names::default(),
            released: HashSet::default(),
            near: Near::default(),
        }
    }
}

impl Cache {
    /// Nothing of it is sure after a commit that failed, but for which limits are near.
    pub fn forget(&mut self) {
        *self = Self { near: std::mem::take(&mut self.near), ..Self::default() };
    }
}

pub struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    each: usize,
}

impl<K: Eq + Hash + Clone, V: Clone> Generations<K, V> {
    fn of(each: usize) -> Self {
        Self { young: HashMap::default(), old: HashMap::default(), each }
    }

    pub fn get(&mut self, key: &K) -> Option<V> {
        if let Some(found) = self.young.get(key) {
            return Some(found.clone());
        }
        let found = self.old.remove(key)?;
        self.put(key.clone(), found.clone());
        Some(found)
    }

    /// Somebody else changed it: the next look loads it anew.
    pub fn forget(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    pub fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.each {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_leaves() {
        let mut kept = Generations::of(2);
        kept.put("used", 0);
        for number in 1..10 {
            kept.put("other", number);
            kept.put("another", number);
            assert_eq!(kept.get(&"used"), Some(0));
        }
        kept.put("a", 1);
        kept.put("b", 2);
        kept.put("c", 3);
        kept.put("d", 4);
        kept.put("e", 5);
        assert_eq!(kept.get(&"used"), None);
        kept.forget(&"e");
        assert_eq!(kept.get(&"e"), None);
    }
}
