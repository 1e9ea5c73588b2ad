//! What was recorded between two instants, in one order of all members, and how things stood before it: for whoever lives through
//! it again. First the marks of all rows, which are small, then the rows themselves a few at a time.

mod gathering;

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{EventRow, Store, StoreError, rows};
use crate::loyalty::{Member, Order, counters::Counts, entry::Entry};
pub(super) use gathering::{Gathering, Read};

/// Where one row is.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// In the file of a store that has one.
    pub seq: i64,
    /// Microseconds since 1970.
    pub recorded_at: i64,
    pub version: u64,
    member: u32,
    /// One more than the place among the orders; none is 0.
    order: u32,
    /// Whether it is of a wanted kind; the others count for what stood before them alone.
    pub wanted: bool,
}

impl Mark {
    /// Place among the members.
    pub fn member(&self) -> usize {
        self.member as usize
    }

    /// Place among the orders.
    pub fn order(&self) -> Option<usize> {
        self.order.checked_sub(1).map(|order| order as usize)
    }
}

/// There are millions of marks, and four thousand millions of neither members nor orders.
fn small(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// The marks of a window, in order of (recorded, member, version).
#[derive(Debug, Default)]
pub struct Marks {
    /// Everybody with a row, by id.
    pub members: Vec<String>,
    /// The first version of each in the window.
    pub first: Vec<u64>,
    pub orders: Vec<OrderMark>,
    pub rows: Vec<Mark>,
    /// Shared counts as the first row that looked at each found it, less what was added to them before.
    pub counts: Counts,
    /// What was added to counts at which no row looked.
    pub unseen: BTreeMap<String, i64>,
    /// Codes that came with events of the wanted kind, by id of the event.
    pub codes: BTreeMap<String, String>,
}

/// An order of the window.
#[derive(Debug, Clone)]
pub struct OrderMark {
    pub id: String,
    /// It was made in the window.
    pub is_new: bool,
    /// The first row about it: place of the member, and version.
    pub first: (usize, u64),
}

/// Which rows, and what of them.
#[derive(Clone)]
pub struct Query {
    pub brand: String,
    /// Half-open, in microseconds since 1970.
    pub from: i64,
    pub until: i64,
    /// Kinds of event that are wanted.
    pub wanted: fn(&str) -> bool,
    /// The kind of event whose code is wanted.
    pub code_of: &'static str,
}

/// The content of a row.
#[derive(Debug)]
pub struct Content {
    pub source: String,
    pub id: String,
    pub kind: String,
    pub occurred_at: i64,
    pub data: String,
}

/// What the given of a row holds that looked at shared counts, or added to some without a look.
pub(super) const LOOKED: &str = "\"shared\":";
pub(super) const ADDED: &str = "\"unseen\":";

/// What a row ends with whose order is new: the order's part comes last, and its version last of it.
pub(super) const FIRST_OF_ORDER: &str = "\"version\":1}}";

/// What a row was given.
#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    shared: Counts,
    #[serde(default)]
    unseen: BTreeMap<String, i64>,
    #[serde(default)]
    order: Option<Order>,
}

impl Marks {
    /// The same of every so-manyth member alone, by the hash of the id.
    #[must_use]
    pub fn sampled(self, every: u64) -> Self {
        if every <= 1 {
            return self;
        }
        let is_in = |id: &String| {
            let hash = Sha256::digest(id);
            let number = hash.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
            number.is_multiple_of(every)
        };
        let mut place_of = vec![None; self.members.len()];
        let (mut members, mut first) = (Vec::new(), Vec::new());
        for (old, (id, version)) in self.members.into_iter().zip(self.first).enumerate() {
            if is_in(&id) {
                place_of[old] = Some(members.len());
                members.push(id);
                first.push(version);
            }
        }
        let rows =
            self.rows.into_iter().filter_map(|mark| Some(Mark { member: small(place_of[mark.member()]?), ..mark }));
        // Places of orders stay; one of nobody who is looked at is never looked up.
        let orders = self.orders.into_iter().map(|order| {
            let place = place_of[order.first.0];
            OrderMark { is_new: order.is_new || place.is_none(), first: (place.unwrap_or(0), order.first.1), ..order }
        });
        Self { first, orders: orders.collect(), rows: rows.collect(), members, ..self }
    }
}

/// An order as it was before the last of a member's rows about it.
pub(super) fn order_before(rows: &[EventRow]) -> Result<Option<Order>, serde_json::Error> {
    let given = |row: &EventRow| serde_json::from_str::<Given>(&row.given).map(|given| given.order);
    let Some((last, earlier)) = rows.split_last() else { return Ok(None) };
    let mut known: Option<Order> = None;
    for row in earlier {
        let order = given(row)?.or(known);
        known = rows::order_recorded(row, order.as_ref())?.or(order);
    }
    Ok(given(last)?.or(known))
}

/// Adds up what rules gave by the entries of one row.
pub(super) fn add_given(given: &mut BTreeMap<String, i64>, entries: &str) -> Result<(), serde_json::Error> {
    for entry in serde_json::from_str::<Vec<Entry>>(entries)? {
        if let Some((rule, points)) = entry.of_rule() {
            *given.entry(rule.to_owned()).or_default() += points;
        }
    }
    Ok(())
}

/// What a row holds in which a rule gave or took something.
pub(super) const BY_RULE: &str = "\"rule\":";

impl Store {
    /// Points that each rule gave, less those taken back, in what was recorded in a window (microseconds, half-open).
    pub async fn given_by_rules(
        &self,
        brand: &str,
        from: i64,
        until: i64,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        match self {
            Self::Sqlite(db) => db.given_by_rules(brand, from, until).await,
            Self::Postgres(db) => db.given_by_rules(brand, from, until).await,
        }
    }

    /// The marks of everything that was recorded in a window.
    pub async fn marks(&self, query: Query) -> Result<Marks, StoreError> {
        match self {
            Self::Sqlite(db) => db.marks(query).await,
            Self::Postgres(db) => db.marks(query).await,
        }
    }

    /// The rows at these marks, in their order: `(seq, member, version)`.
    pub async fn contents(&self, brand: &str, at: Vec<(i64, String, u64)>) -> Result<Vec<Content>, StoreError> {
        match self {
            Self::Sqlite(db) => db.contents(brand, at).await,
            Self::Postgres(db) => db.contents(brand, at).await,
        }
    }

    /// Members' documents as of these versions.
    pub async fn members_at(&self, brand: &str, at: Vec<(String, u64)>) -> Result<Vec<Option<Member>>, StoreError> {
        match self {
            Self::Sqlite(db) => db.members_at(brand, at).await,
            Self::Postgres(db) => db.members_at(brand, at).await,
        }
    }

    /// Members' documents as they stood at an instant (microseconds); none of who was not there yet.
    pub async fn members_as_of(
        &self,
        brand: &str,
        members: Vec<String>,
        at: i64,
    ) -> Result<Vec<Option<Member>>, StoreError> {
        let versions = match self {
            Self::Sqlite(db) => db.versions_before(brand, members.clone(), at).await?,
            Self::Postgres(db) => db.versions_before(brand, members.clone(), at).await?,
        };
        let there = members.into_iter().zip(&versions).filter_map(|(id, version)| Some((id, (*version)?)));
        let mut known = self.members_at(brand, there.collect()).await?.into_iter();
        Ok(versions.iter().map(|version| version.and_then(|_| known.next().flatten())).collect())
    }

    /// Orders as they were before these versions of a member, which are about them: `(order, member, version)`.
    pub async fn orders_at(
        &self,
        brand: &str,
        at: Vec<(String, String, u64)>,
    ) -> Result<Vec<Option<Order>>, StoreError> {
        match self {
            Self::Sqlite(db) => db.orders_at(brand, at).await,
            Self::Postgres(db) => db.orders_at(brand, at).await,
        }
    }
}
