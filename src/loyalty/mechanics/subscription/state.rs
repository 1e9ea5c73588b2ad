//! What a member's document keeps of subscriptions: the orders that stand, by whose doing, and of what is long past its end alone. What
//! another member brings stands beside what is here, and goes with it again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{loyalty::mechanics::Keep, values::span::Span};

/// Orders of one tier and one member that are kept; from there on nothing new is: it would run for many years.
const MOST: usize = 240;

/// By member, then by tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Subscribed(pub(super) BTreeMap<String, BTreeMap<String, Terms>>);

/// What one member bought of one tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Terms {
    /// By order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub orders: BTreeMap<String, Term>,
    /// The newest of those that are forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past: Option<Past>,
}

/// What one order bought, by the version that it was placed under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    pub paid_at: Timestamp,
    pub lasts: Span,
    /// So many times.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: i64,
}

/// An order that ended long ago, and when what it ended had begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    pub order: String,
    pub paid_at: Timestamp,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// What an order buys in one of its states: by tier how long, and how often.
pub type Bought<'p> = BTreeMap<&'p str, (Span, i64)>;

fn once() -> i64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_once(times: &i64) -> bool {
    *times == 1
}

impl Subscribed {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose part an order is in.
    pub fn holder(&self, order: &str) -> Option<&String> {
        let has = |tiers: &BTreeMap<String, Terms>| tiers.values().any(|terms| terms.orders.contains_key(order));
        self.0.iter().find(|(_, tiers)| has(tiers)).map(|(owner, _)| owner)
    }

    /// Every tier of which something is kept.
    pub fn tiers(&self) -> BTreeSet<&String> {
        self.0.values().flat_map(BTreeMap::keys).collect()
    }

    /// The orders of a tier, whosever they are.
    pub fn orders_of<'s>(&'s self, tier: &'s str) -> impl Iterator<Item = &'s str> {
        let terms = self.0.values().filter_map(move |tiers| tiers.get(tier));
        terms.flat_map(|terms| terms.orders.keys().map(String::as_str))
    }

    /// What an order stands for from now on. Where it would come before what is forgotten it changes nothing any more.
    pub fn put(&mut self, (owner, order): (&str, &str), paid_at: Timestamp, bought: &Bought<'_>) {
        let owner = self.holder(order).map_or(owner, String::as_str).to_owned();
        let tiers = self.0.entry(owner).or_default();
        for (_, terms) in tiers.iter_mut().filter(|(tier, _)| !bought.contains_key(tier.as_str())) {
            terms.orders.remove(order);
        }
        for (tier, (lasts, times)) in bought {
            let terms = tiers.entry((*tier).to_owned()).or_default();
            let is_past = terms.past.as_ref().is_some_and(|past| (paid_at, order) <= (past.paid_at, &past.order));
            if terms.orders.contains_key(order) || !is_past && terms.orders.len() < MOST {
                terms.orders.insert(order.to_owned(), Term { paid_at, lasts: *lasts, times: *times });
            }
        }
        self.tidy();
    }

    /// What says nothing is not kept.
    pub(super) fn tidy(&mut self) {
        for tiers in self.0.values_mut() {
            tiers.retain(|_, terms| *terms != Terms::default());
        }
        self.0.retain(|_, tiers| !tiers.is_empty());
    }
}

impl Keep for Subscribed {
    fn take_in(&mut self, came: &Self) {
        for (owner, tiers) in &came.0 {
            self.0.entry(owner.clone()).or_default().extend(tiers.clone());
        }
    }

    fn give_back(&mut self, owners: &BTreeSet<String>) -> Self {
        Self(owners.iter().filter_map(|owner| self.0.remove_entry(owner)).collect())
    }

    /// It runs on there, and a return ends it there.
    fn carried(&self) -> Self {
        self.clone()
    }
}
