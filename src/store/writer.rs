//! One writer: takes what has arrived since the last commit (at most 256), decides it in order, commits it whole, and only
//! then answers. A 2xx means committed. Memory is never ahead of what was committed: a failed commit drops the documents.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, oneshot};

use super::{Store, programmes::LiveProgrammes};
use crate::{
    clock::Clock,
    loyalty::{Fact, Refusal, receipt::Receipt},
};

mod asked;
mod hot;
mod meter;
mod round;
mod rounds;
mod tally;

pub use meter::Meter;
pub use rounds::rehearse;

/// An event as it came in: canonical, but without a resolved member.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub brand: String,
    pub source: String,
    pub id: String,
    /// The instant of arrival when the caller did not say.
    pub occurred_at: Option<Timestamp>,
    pub fact: Fact,
    pub who: Who,
}

/// Who an event is about: identities, and facts to remember.
#[derive(Debug, Clone, Default)]
pub struct Who {
    /// The member's own id, if the caller knows it.
    pub id: Option<String>,
    /// Exactly this member, even if it turned out to be another one.
    pub exact: bool,
    /// `(kind, normalised value)`, strongest first: external_id, card, phone, email, visitor.
    pub identities: Vec<(&'static str, String)>,
    pub facts: Person,
}

/// Personal facts, kept in the clear only in `person`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Person {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

impl Person {
    /// These facts, with what `newer` says on top.
    #[must_use]
    pub fn updated(&self, newer: &Self) -> Self {
        let pick = |old: &Option<String>, new: &Option<String>| new.clone().or_else(|| old.clone());
        Self {
            name: pick(&self.name, &newer.name),
            email: pick(&self.email, &newer.email),
            phone: pick(&self.phone, &newer.phone),
            external_id: pick(&newer.external_id, &self.external_id), // the first one stays, also after a merge
            language: pick(&self.language, &newer.language),
            birthday: pick(&self.birthday, &newer.birthday),
            test: self.test || newer.test,
        }
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
    queue: mpsc::Sender<Waiting>,
    pub meter: Meter,
}

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
    /// Rung after each commit: there may be something to deliver.
    pub news: Arc<Notify>,
    /// Key of the hashes of identities and contents.
    pub secret: [u8; 32],
}

/// Events that may wait before callers are told to come back.
const QUEUE: usize = 4096;

impl Writer {
    /// The writer and its task; the task ends, having written everything, when all handles are gone.
    pub fn new(desk: Desk) -> (Self, impl Future<Output = ()>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let meter = Meter::default();
        (Self { queue, meter: meter.clone() }, rounds::run(desk, waiting, meter))
    }

    /// Events that wait to be decided.
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Accepts one event: resolves after the commit.
    pub async fn accept(&self, incoming: Incoming) -> Result<Accepted, NotAccepted> {
        self.submit(incoming)?.await.map_err(|_| NotAccepted::Unavailable("the writer stopped".to_owned()))?
    }

    /// Queues one event, so that a caller with many can wait for all at once.
    pub fn submit(&self, incoming: Incoming) -> Result<oneshot::Receiver<Result<Accepted, NotAccepted>>, NotAccepted> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Waiting { incoming, answer, lost: 0 }).map_err(|_| NotAccepted::Busy)?;
        Ok(answered)
    }
}
