//! The window of the ledger that a simulation lives through: how things stood at its beginning, and what came from outside.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{
    Failed, Lot, Request, WAITING,
    beginning::{self, Holding},
    thread,
};
use crate::{
    clock::{from_micros, to_micros},
    loyalty::{Event, Fact},
    simulation::{Happened, Start, is_outside},
    store::{
        Store, StoreError,
        window::{self, Content, Mark, Marks},
    },
};

/// What came from outside in a window, still to be read.
pub struct History {
    brand: String,
    members: Arc<Vec<String>>,
    rows: Vec<Mark>,
    /// Of each order, its last row in the window.
    last: Vec<usize>,
}

impl History {
    /// Looks through the window, and puts together what stood at its beginning.
    pub async fn gather(store: &Store, request: &Request, holding: Holding) -> Result<(Self, Start), Failed> {
        let (from, until) = (to_micros(request.window.from), to_micros(request.window.until));
        let brand = request.brand.clone();
        let wanted =
            window::Query { brand: brand.clone(), from, until, wanted: is_outside, code_of: "points.converted" };
        let marks = store.marks(wanted).await?;
        let every = beginning::every(&marks, request).max(holding.every);
        let mut marks = marks.sampled(every);
        let start = beginning::of(store, request, &mut marks, (every, holding.lets_go)).await?;
        let Marks { orders, mut rows, .. } = marks;
        rows.retain(|mark| mark.wanted);
        let mut last = vec![0; orders.len()];
        for (at, mark) in rows.iter().enumerate() {
            if let Some(order) = mark.order() {
                last[order] = at;
            }
        }
        let members = Arc::clone(&start.ids);
        Ok((Self { brand, members, rows, last }, start))
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
        let mark = &self.rows[at];
        let last = mark.order().is_some_and(|order| self.last[order] == at);
        Place { member: mark.member(), recorded_at: mark.recorded_at, last }
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
            let at = marks.iter().map(|mark| (mark.seq, self.history.members[mark.member()].clone(), mark.version));
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
