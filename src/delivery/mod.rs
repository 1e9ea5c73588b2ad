//! Outwards: feeds and intents are leased, sent without holding a transaction, and settled.
//! Guarantees: at least once, in order per member and destination, under stable keys; an outage delays and never loses,
//! and never slows accepting.

pub mod health;
pub mod hints;
pub mod run;
pub mod schedule;
pub mod turns;

use std::pin::Pin;

use crate::store::deliveries::Parked;
pub use crate::store::{FeedItem, IntentItem};
pub use health::{Condition, Health, Standing};

/// A delivery under way.
pub type Sending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What became of one delivery, as the destination saw it; the delivery decides what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    /// Delivered, except for parts that are refused for ever.
    DeliveredExcept(Vec<Parked>),
    /// The system cannot be reached or is failing as a whole: everything to it waits, nothing is given up.
    Down(String),
    /// The system asked to wait (429).
    Wait {
        for_ms: u64,
        problem: String,
    },
    /// The system refuses our credentials (401, 403): everything to it waits for a person.
    Locked(String),
    /// Done, by what stands in for the system: it did not do its part.
    Instead(String),
    /// This one delivery failed and may work later.
    Failed(String),
    /// This one delivery will never work.
    Refused(String),
    /// It may have arrived; it cannot be looked up and must not be repeated.
    Unknown(String),
}

impl Outcome {
    /// As it is called where outcomes are counted.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::DeliveredExcept(_) => "delivered_except",
            Self::Down(_) => "down",
            Self::Wait { .. } => "wait",
            Self::Locked(_) => "locked",
            Self::Instead(_) => "done_instead",
            Self::Failed(_) => "failed",
            Self::Refused(_) => "refused",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What went wrong, if anything did.
    pub fn problem(&self) -> &str {
        match self {
            Self::Delivered | Self::DeliveredExcept(_) => "",
            Self::Wait { problem, .. }
            | Self::Down(problem)
            | Self::Instead(problem)
            | Self::Locked(problem)
            | Self::Failed(problem)
            | Self::Refused(problem)
            | Self::Unknown(problem) => problem,
        }
    }
}

/// What a log may say of a problem: the part before the system's own words, which may repeat what they were sent.
pub fn cause(problem: &str) -> &str {
    problem.split(": ").next().unwrap_or_default()
}

/// A system that is kept up to date about members.
pub trait FeedDestination: Send + Sync {
    /// The destination's name in the store: `nocodb`, `unomi`.
    fn name(&self) -> &'static str;
    /// Members handed over at once.
    fn batch(&self) -> usize;
    /// How many such batches are under way at once; no member is in two of them.
    fn lanes(&self) -> usize {
        1
    }
    /// Brings the destination up to date about each of these members (never twice the same member in one call); one
    /// outcome per item, in order. An item whose `attempt` is above 1 may have arrived before.
    fn deliver<'a>(&'a self, items: &'a [FeedItem]) -> Sending<'a, Vec<Outcome>>;
}

/// A system that does things once.
pub trait IntentDestination: Send + Sync {
    /// The destination's name in the store: `text`, `message`, `signal`.
    fn name(&self) -> &'static str;
    /// Intents under way at once.
    fn parallel(&self) -> usize;
    fn carry_out<'a>(&'a self, item: &'a IntentItem) -> Sending<'a, Outcome>;
}
