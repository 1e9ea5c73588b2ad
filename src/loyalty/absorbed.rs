//! What of one member's counters is another's that turned out to be this one: enough to let it go again with all that is its
//! own, and with those that had turned out to be it before.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{
    limits::Limits,
    progress::Progress,
    qualifying::{self, Qualified, Qualifying},
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Brought {
    /// The absorbed member that it had turned out to be before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// What it brought, and what its orders changed since.
    #[serde(default, skip_serializing_if = "Counted::is_empty")]
    pub counted: Counted,
}

/// Counters that follow from orders and events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Counted {
    #[serde(default)]
    pub progress: Progress,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub qualifying: Qualifying,
    #[serde(default, skip_serializing_if = "Limits::is_empty")]
    pub limits: Limits,
}

impl Counted {
    /// Adds what is counted of another one.
    pub fn plus(&mut self, other: &Self, zone: &TimeZone) {
        let (own, more) = (&mut self.progress, &other.progress);
        own.first_purchase = own.first_purchase.take().or_else(|| more.first_purchase.clone());
        own.take_places(more);
        own.orders += more.orders;
        own.spent += more.spent;
        own.earned += more.earned;
        qualifying::add_all(&mut self.qualifying, &other.qualifying, zone, |counted| counted);
        self.limits.absorb(&other.limits);
    }

    /// Takes out what is another one's.
    pub fn less(&mut self, other: &Self, zone: &TimeZone) {
        let (own, less) = (&mut self.progress, &other.progress);
        own.first_purchase = own.first_purchase.take().filter(|order| less.first_purchase.as_ref() != Some(order));
        own.give_places_back(less);
        own.orders -= less.orders;
        own.spent -= less.spent;
        own.earned -= less.earned;
        qualifying::add_all(&mut self.qualifying, &other.qualifying, zone, Qualified::less);
        self.limits.less(&other.limits);
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A member with those that had turned out to be it before: who goes when it goes.
pub fn with_its_own(brought: &BTreeMap<String, Brought>, member: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::from([member.to_owned()]);
    loop {
        let beneath = |known: &Brought| known.via.as_ref().is_some_and(|via| all.contains(via));
        let more: Vec<String> = brought
            .iter()
            .filter(|(id, known)| !all.contains(*id) && beneath(known))
            .map(|(id, _)| id.clone())
            .collect();
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}
