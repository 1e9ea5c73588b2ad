//! The measures that rows of a version need of every member alike, put in order once when it is first asked for: by what documents
//! keep them, by the orders and events that they may count, and those that count the past.
//! Guarantees: what is left out for an order or an event counts nothing of it.

use std::collections::BTreeMap;

use super::{Counts, Measure, Needed};
use crate::{
    loyalty::{
        Programmes,
        index::{Contents, Limits},
        mechanics::ALL,
        order::OrderState,
        versions::Beginning,
    },
    programme::names,
};

/// One of them.
#[derive(Debug)]
struct Ready {
    key: String,
    measure: Measure,
    begun: Beginning,
}

#[derive(Debug, Default)]
pub struct Prepared {
    /// By key.
    all: Vec<Ready>,
    /// Places of those that count orders, by the goods, stores and channels that they are limited to.
    of_orders: Contents,
    /// Of those that count events, by type.
    of_events: BTreeMap<String, Vec<usize>>,
    /// Of those that count points, which any event may give.
    of_points: Vec<usize>,
    past: Vec<usize>,
}

impl Prepared {
    /// Those of the live version.
    pub(in crate::loyalty) fn of(programmes: &Programmes) -> Self {
        let live = programmes.live();
        let measures = ALL.iter().flat_map(|listed| listed.mechanic.measures_of_all(&live.programme));
        let ready = measures.filter_map(|measure| {
            let Needed { key, begun, .. } = Needed::of(measure, (programmes, live.number), None)?;
            Some(Ready { key: key.into_owned(), measure: measure.clone(), begun: begun.clone() })
        });
        let mut prepared = Self { all: ready.collect(), ..Self::default() };
        prepared.all.sort_by(|one, other| one.key.cmp(&other.key));
        prepared.all.dedup_by(|one, other| one.key == other.key);
        let Self { all, of_orders, of_events, of_points, past } = &mut prepared;
        for (place, Ready { measure, .. }) in all.iter().enumerate() {
            past.extend(measure.past.then_some(place));
            match &measure.counts {
                Counts::Events(kind) => of_events.entry(names::key(kind)).or_default().push(place),
                Counts::Membership => {}
                counts => {
                    of_points.extend((*counts == Counts::Points).then_some(place));
                    let Measure { goods, stores, channels, .. } = measure;
                    of_orders.put(&Limits { goods, stores, channels, ..Limits::of_goods(goods) }, place);
                }
            }
        }
        prepared
    }

    fn needed(&self, place: usize) -> Needed<'_> {
        let Ready { key, measure, begun } = &self.all[place];
        Needed { key: key.as_str().into(), measure, begun, own: None, begins: None }
    }

    /// All of them, by key.
    pub(super) fn all(&self) -> impl Iterator<Item = Needed<'_>> {
        (0..self.all.len()).map(|place| self.needed(place))
    }

    /// Those that may count something of an order in one of these states.
    pub(super) fn of_order<'s>(
        &self,
        states: impl Iterator<Item = &'s OrderState>,
    ) -> impl Iterator<Item = Needed<'_>> {
        let mut places: Vec<usize> = states.flat_map(|state| self.of_orders.of_lines(state)).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|place| self.needed(place))
    }

    /// Those that may count something of an event.
    pub(super) fn of_event(&self, kind: &str) -> impl Iterator<Item = Needed<'_>> {
        let of_kind = if self.of_events.is_empty() { None } else { self.of_events.get(&names::key(kind)) };
        of_kind.into_iter().flatten().chain(&self.of_points).map(|place| self.needed(*place))
    }

    /// Those that count the past.
    pub(super) fn past(&self) -> impl Iterator<Item = Needed<'_>> {
        self.past.iter().map(|place| self.needed(*place))
    }

    /// The name of the measure that documents keep by this key.
    pub fn name_of(&self, key: &str) -> Option<&str> {
        self.place(key).map(|place| self.all[place].measure.name())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.place(key).is_some()
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.all.binary_search_by(|ready| ready.key.as_str().cmp(key)).ok()
    }
}
