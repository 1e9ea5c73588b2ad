//! Who asked for an event, and how they are told what became of it.

use tokio::sync::oneshot;

use super::{
    Accepted, Incoming, NotAccepted, Waiting,
    meter::{self, Meter},
    round::Answer,
};
use crate::{loyalty::receipt::Receipt, store::StoreError};

pub struct Asker {
    answer: oneshot::Sender<Answer>,
    brand: String,
    kind: String,
    id: String,
}

/// Parts what has arrived into the events and those who asked.
pub fn parted(arrived: impl Iterator<Item = Waiting>) -> (Vec<Incoming>, Vec<Asker>) {
    arrived
        .map(|Waiting { incoming, answer, .. }| {
            let (brand, kind, id) = (incoming.brand.clone(), meter::kind(&incoming.fact), incoming.id.clone());
            let asker = Asker { answer, brand, kind, id };
            (incoming, asker)
        })
        .unzip()
}

/// Nothing of what these asked for was written.
pub fn fail(askers: impl Iterator<Item = Asker>, error: &StoreError, meter: &Meter) {
    tracing::error!(%error, "a batch of events could not be written; their callers were told");
    for asker in askers {
        asker.tell(Err(NotAccepted::Unavailable(error.to_string())), meter);
    }
}

impl Asker {
    /// The same event, to be decided again.
    pub fn again(self, incoming: Incoming, lost: u32) -> Waiting {
        Waiting { incoming, answer: self.answer, lost }
    }

    pub fn tell(self, answer: Answer, meter: &Meter) {
        log(&self.kind, &self.id, &answer);
        meter.answered(&self.brand, self.kind, answer.as_ref().err());
        let _ = self.answer.send(answer); // the caller may have gone; what was committed stays
    }
}

/// What became of an event, by ids alone.
fn log(kind: &str, id: &str, answer: &Answer) {
    match answer {
        Ok(Accepted { receipt: Receipt { member_id, duplicate, .. } }) => {
            tracing::debug!(event.id = id, member.id = member_id, kind, duplicate, "event {id} is accepted");
        }
        Err(refused) => {
            let problem = meter::problem(refused);
            tracing::debug!(event.id = id, kind, problem, "event {id} is not accepted: {problem}");
        }
    }
}
