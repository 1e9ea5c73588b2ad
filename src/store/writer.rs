//! One writer: takes what has arrived since the last commit (at most 256), decides it in order, commits it whole, and only
//! then answers. A 2xx means committed. Memory is ahead of the disk by what is on its way there, and nobody is told of it: a
//! failed commit drops the documents, and what was decided on top of them.

use std::sync::Arc;

use tokio::{
    sync::{Notify, mpsc, oneshot},
    task::JoinSet,
};

use super::{Store, programmes::LiveProgrammes};
pub use crate::intake::{Incoming, Person, Who};
use crate::{
    clock::Clock,
    loyalty::{Refusal, receipt::Receipt},
};

mod ahead;
mod asked;
mod hot;
mod meter;
mod names;
mod one;
mod overlapped;
mod round;
mod rounds;
mod staging;
mod tally;
mod told;
mod whose;

pub use meter::Meter;
pub use rounds::rehearse;

impl Incoming {
    /// By whatever names the member best.
    fn lane(&self, lanes: usize) -> usize {
        let strongest = self.who.identities.first().map(|(_, value)| value);
        let name = self.who.id.as_ref().or(strongest).map_or(self.id.as_str(), String::as_str);
        let sum = name.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        sum % lanes
    }
}

/// What the caller is told after the commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    pub receipt: Receipt,
}

/// Why an event was not accepted. Nothing of it was stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotAccepted {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("`{id}` from {source_name} is known with other content")]
    Conflict { source_name: String, id: String },
    #[error("no member is known by {0}")]
    UnknownMember(String),
    #[error("brand `{0}` has no programme yet")]
    NoProgramme(String),
    #[error("too much is waiting to be written")]
    Busy,
    #[error("it could not be stored: {0}")]
    Unavailable(String),
}

impl From<serde_json::Error> for NotAccepted {
    fn from(error: serde_json::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// An event in the queue, and whoever waits for its answer.
struct Waiting {
    incoming: Incoming,
    answer: oneshot::Sender<Result<Accepted, NotAccepted>>,
    /// Rounds it lost against other connectors.
    lost: u32,
}

/// Handle to the one writer. Cloning shares it.
#[derive(Clone)]
pub struct Writer {
    /// One for each lane: a member's events come by the same one, as far as can be told before they are looked up.
    queues: Arc<[mpsc::Sender<Waiting>]>,
    pub meter: Meter,
}

/// Where others write too, several lanes write as if each were a connector of its own: one decides while the commit of another
/// is on its way.
const LANES: usize = 2;

/// What the writer works with.
#[derive(Clone)]
pub struct Desk {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub programmes: LiveProgrammes,
    /// Destinations that get a feed row for each member that changed.
    pub feeds: Vec<&'static str>,
    /// Destinations of intents that nobody listens at: what they would be told is not written down.
    pub deaf: Vec<&'static str>,
    /// Rung after each commit that makes something due.
    pub news: Arc<Notify>,
    /// Key of the hashes of identities and contents.
    pub secret: [u8; 32],
}

/// Events that may wait before callers are told to come back.
const QUEUE: usize = 4096;

/// More events than this in one commit gain nothing (measured) and make everybody wait.
const BATCH: usize = 256;

async fn run(desk: Desk, waiting: mpsc::Receiver<Waiting>, meter: Meter) {
    if desk.store.is_shared() {
        rounds::run(&desk, waiting, &meter).await;
    } else {
        overlapped::run(&desk, waiting, &meter).await;
    }
}

async fn run_all(desk: Desk, waiting: Vec<mpsc::Receiver<Waiting>>, meter: Meter) {
    let lanes: JoinSet<()> = waiting.into_iter().map(|waiting| run(desk.clone(), waiting, meter.clone())).collect();
    lanes.join_all().await;
}

impl Writer {
    /// The writer and its task; the task ends, having written everything, when all handles are gone.
    pub fn new(desk: Desk) -> (Self, impl Future<Output = ()>) {
        let lanes = if desk.store.is_shared() { LANES } else { 1 };
        let (queues, waiting): (Vec<_>, Vec<_>) = (0..lanes).map(|_| mpsc::channel(QUEUE)).unzip();
        let meter = Meter::default();
        (Self { queues: queues.into(), meter: meter.clone() }, run_all(desk, waiting, meter))
    }

    /// Events that wait to be decided.
    pub fn waiting(&self) -> usize {
        self.queues.iter().map(|queue| queue.max_capacity() - queue.capacity()).sum()
    }

    /// Accepts one event: resolves after the commit.
    pub async fn accept(&self, incoming: Incoming) -> Result<Accepted, NotAccepted> {
        self.submit(incoming)?.await.map_err(|_| NotAccepted::Unavailable("the writer stopped".to_owned()))?
    }

    /// Queues one event, so that a caller with many can wait for all at once.
    pub fn submit(&self, incoming: Incoming) -> Result<oneshot::Receiver<Result<Accepted, NotAccepted>>, NotAccepted> {
        let (answer, answered) = oneshot::channel();
        let queue = &self.queues[incoming.lane(self.queues.len())];
        queue.try_send(Waiting { incoming, answer, lost: 0 }).map_err(|_| NotAccepted::Busy)?;
        Ok(answered)
    }
}
