//! How things stood when a window began: documents, orders and shared counts, put together from what is recorded; and how much of it
//! is held in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::Request;
use crate::{
    clock::to_micros,
    loyalty::{Member, Order, Programmes, counters, mechanics},
    simulation::Start,
    store::{
        Store, StoreError,
        window::{self, Marks, OrderMark},
    },
};

/// Members or orders that are put together at once.
const AT_ONCE: usize = 500;
/// About what a member's document takes in one life, and what a row leaves in both statements.
const DOCUMENT_BYTES: u64 = 8_192;
const ROW_BYTES: u64 = 128;
/// Documents for which there is always room.
const FEW: usize = 1_000;

/// How much of it is held in memory.
#[derive(Debug, Clone, Copy)]
pub struct Holding {
    /// Every so-manyth member at least.
    pub every: u64,
    /// Documents are let go when nothing more is recorded of a member.
    pub lets_go: bool,
}

/// How manyth member is looked at, so that there is room for all documents. Those that are known are held as they stood, and in both
/// lives.
pub fn every(marks: &Marks, request: &Request) -> u64 {
    let known = marks.first.iter().filter(|first| **first > 1).count() as u64;
    let bytes = known * DOCUMENT_BYTES * 3 + marks.rows.len() as u64 * ROW_BYTES;
    bytes.div_ceil(request.memory.max(1)).max(1)
}

/// What stood when the window of these marks began; they keep no more than rows and orders.
pub async fn of(
    store: &Store,
    request: &Request,
    marks: &mut Marks,
    (every, lets_go): (u64, bool),
) -> Result<Start, StoreError> {
    let last = if lets_go { last_of_members(marks) } else { vec![u32::MAX; marks.members.len()] };
    let mut start = Start {
        ids: Arc::new(std::mem::take(&mut marks.members)),
        last: Arc::new(last),
        most: usize::try_from(request.memory / (2 * DOCUMENT_BYTES)).unwrap_or(usize::MAX).max(FEW),
        counts: std::mem::take(&mut marks.counts),
        codes: std::mem::take(&mut marks.codes),
        window: request.window,
        every: u32::try_from(every).unwrap_or(u32::MAX),
        ..Start::default()
    };
    start.members = documents(store, &request.brand, (&start.ids, &marks.first)).await?;
    start.orders = orders_of_before(store, &request.brand, (&start.ids, &marks.orders)).await?;
    limits(store, request, &mut start, &marks.unseen).await?;
    Ok(start)
}

/// The documents of members before the first versions that they have in the window.
async fn documents(
    store: &Store,
    brand: &str,
    (ids, first): (&[String], &[u64]),
) -> Result<Vec<Option<Arc<Member>>>, StoreError> {
    let mut documents = Vec::with_capacity(ids.len());
    let versions: Vec<(&String, u64)> =
        ids.iter().zip(first).map(|(id, first)| (id, first.saturating_sub(1))).collect();
    for some in versions.chunks(AT_ONCE) {
        let before = some.iter().filter(|(_, version)| *version > 0).map(|(id, version)| ((*id).clone(), *version));
        let before: Vec<(String, u64)> = before.collect();
        let read = if before.is_empty() { Vec::new() } else { store.members_at(brand, before).await? };
        let mut read = read.into_iter();
        documents.extend(some.iter().map(|(_, version)| {
            let document = if *version > 0 { read.next().flatten() } else { None };
            document.map(Arc::new)
        }));
    }
    Ok(documents)
}

/// Orders from before the window of which another state comes in it.
async fn orders_of_before(
    store: &Store,
    brand: &str,
    (ids, orders): (&[String], &[OrderMark]),
) -> Result<BTreeMap<String, Arc<Order>>, StoreError> {
    let mut known = BTreeMap::new();
    let of_before = orders.iter().filter(|order| !order.is_new);
    let of_before: Vec<(String, String, u64)> =
        of_before.map(|order| (order.id.clone(), ids[order.first.0].clone(), order.first.1)).collect();
    for some in of_before.chunks(AT_ONCE) {
        let read = store.orders_at(brand, some.to_vec()).await?;
        known.extend(read.into_iter().flatten().map(|order| (order.id.clone(), Arc::new(order))));
    }
    Ok(known)
}

/// The same for a life under a programme: with what its measures count of the past.
pub async fn under(store: &Store, request: &Request, life: &Programmes, start: &Start) -> Result<Start, StoreError> {
    let (mut start, before) = (start.clone(), to_micros(request.window.from));
    if life.live_counts_past() {
        for some in start.members.chunks_mut(AT_ONCE) {
            let known = some.iter_mut().flatten().map(Arc::make_mut).collect();
            store.complete_past(life, (&request.brand, before), known).await?;
        }
    }
    Ok(start)
}

/// After how many of the wanted rows nothing more is recorded of each member: no row of its own, and none of an order that it has a row
/// about, since an order may go from one member to another.
fn last_of_members(marks: &Marks) -> Vec<u32> {
    let (mut of_orders, mut of_members) = (vec![0; marks.orders.len()], vec![0; marks.members.len()]);
    let mut wanted = 0;
    for mark in &marks.rows {
        wanted += u32::from(mark.wanted);
        of_members[mark.member()] = wanted;
        if let Some(order) = mark.order() {
            of_orders[order] = wanted;
        }
    }
    for mark in &marks.rows {
        if let Some(order) = mark.order() {
            let last = &mut of_members[mark.member()];
            *last = of_orders[order].max(*last);
        }
    }
    of_members
}

/// Limits that nobody looked at in the window, as they stood when it began: as somebody found them later, or as they are
/// now, less what was added meanwhile.
async fn limits(
    store: &Store,
    request: &Request,
    start: &mut Start,
    added: &BTreeMap<String, i64>,
) -> Result<(), StoreError> {
    let mut missing = BTreeSet::new();
    for programme in [&request.programme, &request.programmes.live().programme] {
        let budgets = programme.rules.iter().filter(|rule| rule.budget.is_some());
        missing.extend(budgets.map(|rule| counters::budget(&rule.id)));
        missing.extend(programme.mechanics.rewards.catalogue.iter().map(|reward| counters::stock(&reward.id)));
        mechanics::limits(programme, &mut missing);
    }
    missing.retain(|key| !start.counts.contains_key(key));
    if missing.is_empty() {
        return Ok(());
    }
    let (brand, from) = (request.brand.clone(), to_micros(request.window.until));
    let later = window::Query { brand, from, until: i64::MAX, wanted: |_| false, code_of: "" };
    let mut later = store.marks(later).await?;
    let keys = missing.into_iter().map(|key| (request.brand.clone(), key)).collect();
    for ((_, key), found) in store.counts(keys).await? {
        let then = later.counts.remove(&key).unwrap_or_else(|| {
            let since = later.unseen.get(&key).copied().unwrap_or(0);
            counters::Count { used: found.count.used - since, ..found.count }
        });
        let used = then.used - added.get(&key).copied().unwrap_or(0);
        start.counts.insert(key, counters::Count { used, ..then });
    }
    Ok(())
}
