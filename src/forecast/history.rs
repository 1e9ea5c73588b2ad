//! The window of the ledger that a simulation lives through: how things stood at its beginning, and what came from outside.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::mpsc;

use super::{Failed, Lot, Request, WAITING, thread};
use crate::{
    clock::{from_micros, to_micros},
    loyalty::{Event, Fact, Programme, Programmes, counters},
    simulation::{Happened, Start, is_outside},
    store::{
        Store, StoreError,
        window::{self, Content, Mark, Marks},
    },
};

/// Members or orders that are put together at once.
const AT_ONCE: usize = 500;
/// About what a member takes in both lives, and what a row leaves in both statements.
const MEMBER_BYTES: u64 = 16_384;
const ROW_BYTES: u64 = 256;

/// What came from outside in a window, still to be read.
pub struct History {
    brand: String,
    members: Vec<String>,
    rows: Vec<Mark>,
    /// Of each order, its last row in the window.
    last: Vec<usize>,
}

impl History {
    /// Looks through the window, and puts together what stood at its beginning.
    pub async fn gather(store: &Store, request: &Request) -> Result<(Self, Start), Failed> {
        let (from, until) = (to_micros(request.window.from), to_micros(request.window.until));
        let brand = request.brand.clone();
        let wanted =
            window::Query { brand: brand.clone(), from, until, wanted: is_outside, code_of: "points.converted" };
        let marks = store.marks(wanted).await?;
        let bytes = marks.members.len() as u64 * MEMBER_BYTES + marks.rows.len() as u64 * ROW_BYTES;
        let every = bytes.div_ceil(request.memory.max(1)).max(1);
        let Marks { members, first, orders, mut rows, counts, codes } = marks.sampled(every);
        rows.retain(|mark| mark.wanted);
        let mut last = vec![0; orders.len()];
        for (at, mark) in rows.iter().enumerate() {
            if let Some(order) = mark.order {
                last[order] = at;
            }
        }
        let mut start = Start {
            counts,
            codes,
            window: request.window,
            every: u32::try_from(every).unwrap_or(u32::MAX),
            ..Start::default()
        };
        let versions: Vec<(String, u64)> =
            members.iter().cloned().zip(first).map(|(id, first)| (id, first.saturating_sub(1))).collect();
        for some in versions.chunks(AT_ONCE) {
            let before: Vec<(String, u64)> = some.iter().filter(|(_, version)| *version > 0).cloned().collect();
            let mut documents = store.members_at(&request.brand, before).await?.into_iter();
            let known = some.iter().map(|(id, version)| {
                let document = if *version > 0 { documents.next().flatten() } else { None };
                (id.clone(), document)
            });
            start.members.extend(known);
        }
        let of_before: Vec<(String, String, u64)> = orders
            .iter()
            .filter(|order| !order.is_new)
            .map(|order| (order.id.clone(), members[order.first.0].clone(), order.first.1))
            .collect();
        for some in of_before.chunks(AT_ONCE) {
            let known = store.orders_at(&request.brand, some.to_vec()).await?;
            start.orders.extend(known.into_iter().flatten().map(|order| (order.id.clone(), order)));
        }
        used_by_now(store, request, &mut start).await?;
        Ok((Self { brand, members, rows, last }, start))
    }

    /// The beginning of a life under a programme: with what its measures count of the past.
    pub async fn begin(
        store: &Store,
        request: &Request,
        life: &Programmes,
        start: &Start,
    ) -> Result<Start, StoreError> {
        let (mut start, before) = (start.clone(), to_micros(request.window.from));
        if life.live_counts_past() {
            for some in start.members.chunks_mut(AT_ONCE) {
                let known = some.iter_mut().filter_map(|(_, member)| member.as_mut()).collect();
                store.complete_past(life, (&request.brand, before), known).await?;
            }
        }
        Ok(start)
    }

    /// How many events there are.
    pub fn rows(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Begins to read; what was read becomes events on a thread of its own.
    pub fn read(self, at_once: usize, quietly: bool) -> Result<Reading, Failed> {
        let (to_parse, mut unread) = mpsc::channel::<Unread>(WAITING);
        let (parsed, events) = mpsc::channel(WAITING);
        let brand = self.brand.clone();
        thread(quietly, move || {
            while let Some(lot) = unread.blocking_recv() {
                let lot: Result<Vec<Happened>, _> =
                    lot.into_iter().map(|(place, content)| happened(&brand, place, content)).collect();
                if parsed.blocking_send(lot.map(Arc::new).map_err(StoreError::from)).is_err() {
                    return; // it has to stop
                }
            }
        })?;
        Ok(Reading { history: self, read: 0, at_once, under_way: 0, to_parse: Some(to_parse), events })
    }

    /// Where the row at this place stands.
    fn place(&self, at: usize) -> Place {
        let Mark { member, recorded_at, order, .. } = self.rows[at];
        Place { member, recorded_at, last: order.is_some_and(|order| self.last[order] == at) }
    }
}

/// What of a mark an event needs.
#[derive(Debug, Clone, Copy)]
struct Place {
    member: usize,
    recorded_at: i64,
    /// Of its order.
    last: bool,
}

type Unread = Vec<(Place, Content)>;

/// Rows on their way to be events.
pub struct Reading {
    history: History,
    /// Rows that were read.
    read: usize,
    at_once: usize,
    /// Lots that become events just now.
    under_way: usize,
    to_parse: Option<mpsc::Sender<Unread>>,
    events: mpsc::Receiver<Result<Lot, StoreError>>,
}

impl Reading {
    /// The next lot of events, in their order; one more is read meanwhile.
    pub async fn next(&mut self, store: &Store) -> Result<Option<Lot>, Failed> {
        while self.under_way < 2 && self.read < self.history.rows.len() {
            let end = (self.read + self.at_once).min(self.history.rows.len());
            let marks = &self.history.rows[self.read..end];
            let at = marks.iter().map(|mark| (mark.seq, self.history.members[mark.member].clone(), mark.version));
            let contents = store.contents(&self.history.brand, at.collect()).await?;
            let lot = (self.read..end).map(|at| self.history.place(at)).zip(contents).collect();
            self.read = end;
            self.under_way += 1;
            let to_parse = self.to_parse.as_ref().ok_or(Failed::Broken)?;
            to_parse.send(lot).await.map_err(|_| Failed::Broken)?;
        }
        if self.under_way == 0 {
            self.to_parse = None;
            return Ok(None);
        }
        self.under_way -= 1;
        Ok(Some(self.events.recv().await.ok_or(Failed::Broken)??))
    }
}

fn happened(brand: &str, place: Place, content: Content) -> Result<Happened, serde_json::Error> {
    let Content { source, id, kind, occurred_at, data } = content;
    let fact = Fact::parse(&kind, &data)?;
    let event = Event { brand: brand.to_owned(), source, id, occurred_at: from_micros(occurred_at), fact };
    Ok(Happened { member: place.member, at: from_micros(place.recorded_at), event, last_of_order: place.last })
}

/// Budgets and stocks that nobody looked at in the window are used as far as they are now.
async fn used_by_now(store: &Store, request: &Request, start: &mut Start) -> Result<(), StoreError> {
    let of = |programme: &Programme| {
        let budgets =
            programme.rules.iter().filter(|rule| rule.budget.is_some()).map(|rule| counters::budget(&rule.id));
        let stocks = programme.mechanics.rewards.catalogue.iter().map(|reward| counters::stock(&reward.id));
        budgets.chain(stocks).collect::<Vec<String>>()
    };
    let all = of(&request.programme).into_iter().chain(of(&request.programmes.live().programme));
    let missing: BTreeSet<String> = all.filter(|key| !start.counts.contains_key(key)).collect();
    let keys = missing.into_iter().map(|key| (request.brand.clone(), key)).collect();
    for ((_, key), found) in store.counts(keys).await? {
        start.counts.insert(key, found.count);
    }
    Ok(())
}
