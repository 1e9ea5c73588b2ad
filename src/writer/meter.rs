//! What the writer counted since the start: events by kind and fate, how many shared a commit, how long commits took.
//! Labels are names out of the program: what a caller called an event of its own is counted as `other`.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

use super::NotAccepted;
use crate::{
    intake::fields::FieldError,
    loyalty::{Fact, Refusal},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Accepted {
    kind: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    kind: String,
    problem: &'static str,
}

/// A field by its name, not by its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LeftOut {
    field: String,
}

/// Events of one brand by their fate. Cloning shares it.
#[derive(Clone, Default)]
struct OfBrand {
    accepted: Family<Accepted, Counter>,
    refused: Family<Refused, Counter>,
    left_out: Family<LeftOut, Counter>,
}

/// Cloning shares it.
#[derive(Clone)]
pub struct Meter {
    brands: Arc<Mutex<BTreeMap<String, OfBrand>>>,
    batch: Histogram,
    commit: Histogram,
}

const EVENTS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
const SECONDS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

impl Default for Meter {
    fn default() -> Self {
        Self { brands: Arc::default(), batch: Histogram::new(EVENTS), commit: Histogram::new(SECONDS) }
    }
}

impl Meter {
    /// Adds what is counted here to what is told to a monitoring system of this brand.
    pub fn register(&self, all: &mut Registry, brand: &str) {
        let OfBrand { accepted, refused, left_out } = self.of(brand);
        all.register("events_accepted", "Events accepted, repeated ones included", accepted);
        all.register("events_refused", "Events refused; nothing of them was stored", refused);
        let help = "Fields of accepted bodies that could not be used, each named in the receipt's notes";
        all.register("fields_left_out", help, left_out);
        all.register("batch_events", "Events that shared a commit", self.batch.clone());
        all.register("commit_seconds", "Time of a commit, waiting for the store included", self.commit.clone());
    }

    /// The last part of a pointer is a name of the contract.
    pub(super) fn left_out(&self, brand: &str, fields: &[FieldError]) {
        for field in fields {
            let name = field.pointer.rsplit('/').next().unwrap_or_default().to_owned();
            self.of(brand).left_out.get_or_create(&LeftOut { field: name }).inc();
        }
    }

    pub(super) fn committed(&self, events: u32, took: Duration) {
        self.batch.observe(f64::from(events));
        self.commit.observe(took.as_secs_f64());
    }

    fn of(&self, brand: &str) -> OfBrand {
        let mut brands = self.brands.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = brands.get(brand) {
            return known.clone();
        }
        brands.entry(brand.to_owned()).or_default().clone()
    }

    pub(super) fn answered(&self, brand: &str, kind: String, refused: Option<&NotAccepted>) {
        let counted = self.of(brand);
        match refused {
            None => counted.accepted.get_or_create(&Accepted { kind }).inc(),
            Some(refused) => counted.refused.get_or_create(&Refused { kind, problem: problem(refused) }).inc(),
        };
    }
}

/// The kind an event is counted under.
pub(super) fn kind(fact: &Fact) -> String {
    if let Fact::Other { .. } = fact { "other".to_owned() } else { fact.kind().to_owned() }
}

/// The last part of the problem's `type`.
pub(super) fn problem(refused: &NotAccepted) -> &'static str {
    match refused {
        NotAccepted::Refused(Refusal::NotEnoughPoints { .. }) => "not-enough-points",
        NotAccepted::Refused(Refusal::OrderOfAnotherMember { .. }) => "order-of-another-member",
        NotAccepted::Refused(Refusal::NoSuch { .. }) => "not-found",
        NotAccepted::Refused(Refusal::Over { .. }) => "over-already",
        NotAccepted::Refused(Refusal::NeedsSecondKey { .. }) => "second-key",
        NotAccepted::Refused(Refusal::NotAllowed(_)) => "not-allowed",
        NotAccepted::Refused(_) => "invalid-body",
        NotAccepted::Conflict { .. } => "known-with-other-content",
        NotAccepted::UnknownMember(_) => "unknown-member",
        NotAccepted::NoProgramme(_) | NotAccepted::Unavailable(_) => "unavailable",
        NotAccepted::Busy => "busy",
        NotAccepted::Stopping => "stopping",
        NotAccepted::ClockJumped(_) => "clock",
        NotAccepted::NotKnown(_) => "not-known",
        NotAccepted::Broken => "internal",
    }
}
