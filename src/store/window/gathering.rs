//! The marks of a window, gathered as its rows are read.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::{Given, Mark, Marks, OrderMark, Query, small};
use crate::loyalty::counters::Count;

/// One row as a store reads it for its mark.
pub(in crate::store) struct Read<'a> {
    pub seq: i64,
    pub member: &'a str,
    pub version: u64,
    pub kind: &'a str,
    pub id: &'a str,
    pub recorded_at: i64,
    pub order: Option<&'a str>,
    /// The document that it leaves is an order's first.
    pub is_first: bool,
    /// Where it holds shared counts.
    pub given: Option<&'a str>,
    /// Of the kind whose code is wanted.
    pub data: Option<&'a str>,
}

/// An order that ends with a member, in the commit in which it begins with another.
const LEFT: &str = "order.left";

#[derive(Deserialize)]
struct WithCode {
    #[serde(default)]
    code: Option<String>,
}

/// When a row looked at a count: within one instant by the file, and where nothing tells the order, an order that ended before the
/// others, then who found less used.
type Look = (i64, i64, bool, i64);

/// Gathers marks as rows are read: in the order in which they were recorded, as far as what nobody looked at goes.
pub(in crate::store) struct Gathering {
    query: Query,
    members: HashMap<String, usize>,
    orders: HashMap<String, usize>,
    first: Vec<u64>,
    of_orders: Vec<(bool, (i64, usize, u64))>,
    rows: Vec<Mark>,
    /// By key: what the first look found.
    looks: BTreeMap<String, (Look, Count)>,
    /// What was added before a look.
    unseen: BTreeMap<String, i64>,
    codes: BTreeMap<String, String>,
}

impl Gathering {
    pub fn of(query: Query) -> Self {
        let (members, orders) = (HashMap::new(), HashMap::new());
        let (first, of_orders, rows) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            query,
            members,
            orders,
            first,
            of_orders,
            rows,
            looks: BTreeMap::new(),
            unseen: BTreeMap::new(),
            codes: BTreeMap::new(),
        }
    }

    pub fn add(&mut self, read: &Read<'_>) -> Result<(), serde_json::Error> {
        let Read { seq, version, recorded_at, .. } = *read;
        let member = place(&mut self.members, read.member);
        if member == self.first.len() {
            self.first.push(version);
        }
        self.first[member] = self.first[member].min(version);
        let order = read.order.map(|order| place(&mut self.orders, order));
        if let Some(order) = order {
            self.add_to_order(order, read.is_first, (recorded_at, member, version));
        }
        if let Some(given) = read.given {
            self.add_counts(serde_json::from_str(given)?, (recorded_at, seq, read.kind != LEFT));
        }
        if let Some(code) = read.data.map(serde_json::from_str::<WithCode>).transpose()?.and_then(|with| with.code) {
            self.codes.insert(read.id.to_owned(), code);
        }
        let wanted = (self.query.wanted)(read.kind);
        let order = order.map_or(0, |order| small(order + 1));
        self.rows.push(Mark { seq, recorded_at, version, member: small(member), order, wanted });
        Ok(())
    }

    fn add_to_order(&mut self, order: usize, is_first: bool, here: (i64, usize, u64)) {
        if order == self.of_orders.len() {
            self.of_orders.push((is_first, here));
        }
        let known = &mut self.of_orders[order];
        known.0 |= is_first;
        if here < known.1 && !is_first {
            known.1 = here;
        }
    }

    fn add_counts(&mut self, Given { shared, unseen, .. }: Given, (at, seq, stays): (i64, i64, bool)) {
        for (key, by) in unseen.into_iter().filter(|(key, _)| !self.looks.contains_key(key)) {
            *self.unseen.entry(key).or_default() += by;
        }
        for (key, count) in shared {
            let look = (at, seq, stays, count.used);
            if self.looks.get(&key).is_none_or(|(known, _)| look < *known) {
                self.looks.insert(key, (look, count));
            }
        }
    }

    /// Everything in its order, members by id.
    pub fn done(self) -> Marks {
        let ids = in_places(self.members);
        let mut by_id: Vec<usize> = (0..ids.len()).collect();
        by_id.sort_by(|one, other| ids[*one].cmp(&ids[*other]));
        let mut place_of = vec![0; ids.len()];
        for (new, old) in by_id.iter().enumerate() {
            place_of[*old] = new;
        }
        let mut rows = self.rows;
        for mark in &mut rows {
            mark.member = small(place_of[mark.member()]);
        }
        rows.sort_unstable_by_key(|mark| (mark.recorded_at, mark.member, mark.version));
        let orders = in_places(self.orders).into_iter().zip(self.of_orders);
        let orders = orders.map(|(id, (is_new, (_, member, version)))| OrderMark {
            id,
            is_new,
            first: (place_of[member], version),
        });
        let mut unseen = self.unseen;
        let counts = self.looks.into_iter().map(|(key, (_, count))| {
            let added = unseen.remove(&key).unwrap_or(0);
            (key, Count { used: count.used - added, ..count })
        });
        let counts = counts.collect();
        Marks {
            unseen,
            first: by_id.iter().map(|old| self.first[*old]).collect(),
            members: by_id.iter().map(|old| ids[*old].clone()).collect(),
            orders: orders.collect(),
            rows,
            counts,
            codes: self.codes,
        }
    }
}

fn place(known: &mut HashMap<String, usize>, id: &str) -> usize {
    if let Some(place) = known.get(id) {
        return *place;
    }
    let next = known.len();
    known.insert(id.to_owned(), next);
    next
}

fn in_places(known: HashMap<String, usize>) -> Vec<String> {
    let mut all: Vec<(usize, String)> = known.into_iter().map(|(id, place)| (place, id)).collect();
    all.sort_unstable();
    all.into_iter().map(|(_, id)| id).collect()
}
