//! One writer: takes what has arrived since the last commit (at most 256), decides it in order, commits it whole, and only
//! then answers. A 2xx means committed. Memory is ahead of the disk by what is on its way there, and nobody is told of it: a
//! failed commit drops the documents, and what was decided on top of them.

use std::sync::Arc;

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use programmes::LiveProgrammes;

use crate::{
    clock::Clock,
    intake::Incoming,
    loyalty::Fact,
    store::{News, Store},
};

mod answer;
mod batch;
mod cache;
mod counters;
mod decide_event;
mod identity;
pub mod known;
mod lists;
mod lookup;
mod meter;
pub mod names;
mod near;
mod past;
mod pipelined_loop;
pub mod programmes;
mod pulse;
pub mod publishing;
mod reply;
pub mod rows;
mod shared_loop;
mod staging;
mod uncommitted;

pub use answer::{Accepted, Answer, NotAccepted};
pub use meter::Meter;
pub use pulse::Unwell;
use pulse::{Heart, Pulse};
pub use shared_loop::rehearse;

impl Incoming {
    fn is_purchase(&self) -> bool {
        matches!(self.fact, Fact::Order { .. })
    }

    /// By whatever names the member best.
    fn lane(&self, lanes: usize) -> usize {
        let strongest = self.who.identities.first().map(|(_, value)| value);
        let name = self.who.id.as_ref().or(strongest).map_or(self.id.as_str(), String::as_str);
        let sum = name.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        sum % lanes
    }
}

/// An event in the queue, and whoever waits for its answer.
struct Waiting {
    incoming: Incoming,
    answer: oneshot::Sender<Answer>,
    /// Rounds it lost against other connectors.
    lost: u32,
}

/// Handle to the one writer. Cloning shares it.
#[derive(Clone)]
pub struct Writer {
    /// One for each lane: a member's events come by the same one, as far as can be told before they are looked up.
    lanes: Arc<[Lane]>,
    pub meter: Meter,
}

/// The way to one of its loops.
struct Lane {
    queue: mpsc::Sender<Waiting>,
    pulse: Pulse,
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
    pub unrouted: Vec<&'static str>,
    /// Rung after each commit that makes something due.
    pub news: Arc<News>,
    /// Key of the hashes of identities and contents.
    pub secret: [u8; 32],
}

/// Events that may wait before callers are told to come back.
const QUEUE: usize = 4096;

/// More events than this in one commit gain nothing (measured) and make everybody wait.
const BATCH: usize = 256;

/// A loop's end of a lane.
type Loop = (mpsc::Receiver<Waiting>, Heart);

async fn run(desk: Desk, (waiting, heart): Loop, meter: Meter) {
    if desk.store.is_shared() {
        shared_loop::run(&desk, waiting, heart, &meter).await;
    } else {
        pipelined_loop::run(&desk, waiting, heart, &meter).await;
    }
}

async fn run_all(desk: Desk, loops: Vec<Loop>, meter: Meter) {
    let lanes: JoinSet<()> = loops.into_iter().map(|one| run(desk.clone(), one, meter.clone())).collect();
    lanes.join_all().await;
}

impl Writer {
    /// The writer and its task; the task ends, having written everything, when it is told to or all handles are gone.
    pub fn new(desk: Desk) -> (Self, impl Future<Output = ()>) {
        let lane = |_| {
            let ((queue, waiting), (pulse, heart)) = (mpsc::channel(QUEUE), pulse::pair());
            (Lane { queue, pulse }, (waiting, heart))
        };
        let lanes = if desk.store.is_shared() { LANES } else { 1 };
        let (lanes, loops): (Vec<_>, Vec<_>) = (0..lanes).map(lane).unzip();
        let meter = Meter::default();
        (Self { lanes: lanes.into(), meter: meter.clone() }, run_all(desk, loops, meter))
    }

    /// Events that wait to be decided.
    pub fn waiting(&self) -> usize {
        self.lanes.iter().map(|lane| lane.queue.max_capacity() - lane.queue.capacity()).sum()
    }

    /// Asks its loops whether they turn and their commits end.
    pub async fn answers(&self) -> Result<(), Unwell> {
        let answers = self.lanes.iter().map(|lane| lane.pulse.answers());
        futures_util::future::try_join_all(answers).await.map(drop)
    }

    /// Takes nothing more; what is queued is written, and its task ends.
    pub fn end(&self) {
        self.lanes.iter().for_each(|lane| lane.pulse.end());
    }

    /// Accepts one event: resolves after the commit.
    pub async fn accept(&self, incoming: Incoming) -> Answer {
        self.submit(incoming)?.await.unwrap_or_else(|_| Err(NotAccepted::unanswered()))
    }

    /// Queues one event, so that a caller with many can wait for all at once.
    pub fn submit(&self, incoming: Incoming) -> Result<oneshot::Receiver<Answer>, NotAccepted> {
        let (answer, answered) = oneshot::channel();
        let lane = &self.lanes[incoming.lane(self.lanes.len())];
        lane.queue.try_send(Waiting { incoming, answer, lost: 0 }).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => NotAccepted::Busy,
            mpsc::error::TrySendError::Closed(_) => NotAccepted::Stopping,
        })?;
        Ok(answered)
    }
}
