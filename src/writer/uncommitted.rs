//! What was decided and is not committed yet, as the next look-up must see it: the store does not know it.

use std::{collections::BTreeSet, sync::Arc};

use foldhash::HashMap;

use crate::{
    intake::Incoming,
    loyalty::Order,
    store::find::{Found, Known},
    writer::batch::Key,
};

/// By brand, source and id.
pub type Identity = (String, String, String);
/// By brand, kind and hash.
pub type Joined = (String, &'static str, String);

#[derive(Default)]
pub struct Uncommitted {
    pub orders: HashMap<Key, Arc<Order>>,
    /// Owners of identities that joined.
    pub joined: HashMap<Joined, String>,
    /// Events, for repeats of them.
    pub accepted: HashMap<Identity, Known>,
    /// Counts that many members share, which the commit changes.
    pub counts: BTreeSet<Key>,
}

impl Uncommitted {
    /// Adds to what the store answered what it could not know.
    pub fn complete(&self, incoming: &Incoming, identities: &[(&'static str, String)], found: &mut Found) {
        let Incoming { brand, source, id, .. } = incoming;
        if found.known.is_none() && !self.accepted.is_empty() {
            found.known = self.accepted.get(&(brand.clone(), source.clone(), id.clone())).cloned();
        }
        if let Some(order_id) = incoming.fact.order_id()
            && let Some(order) = self.orders.get(&(brand.clone(), order_id.to_owned()))
        {
            found.order = Some(Arc::clone(order));
        }
        for ((kind, hash), owner) in identities.iter().zip(&mut found.owners).filter(|(_, owner)| owner.is_none()) {
            *owner = self.joined.get(&(brand.clone(), *kind, hash.clone())).cloned();
        }
    }
}
