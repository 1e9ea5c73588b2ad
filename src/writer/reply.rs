//! Who asked for an event, and how they are told what became of it.

use tokio::sync::oneshot;

use super::{
    Accepted, Answer, NotAccepted, Waiting,
    meter::{self, Meter},
};
use crate::{
    intake::{Incoming, fields::FieldError},
    loyalty::receipt::Receipt,
    store::StoreError,
};

pub struct Asker {
    answer: oneshot::Sender<Answer>,
    /// What they asked for, to be decided again when others spoil it.
    incoming: Incoming,
    lost: u32,
}

/// Parts what has arrived into the events and those who asked.
pub fn parted(arrived: impl Iterator<Item = Waiting>) -> (Vec<Incoming>, Vec<Asker>) {
    arrived
        .map(|Waiting { incoming, answer, lost }| {
            crate::fault::panic_over("queued", &incoming.id);
            (incoming.clone(), Asker { answer, incoming, lost })
        })
        .unzip()
}

/// Nothing of what these asked for was written, unless the error says otherwise.
pub fn fail(askers: impl Iterator<Item = Asker>, error: &StoreError, meter: &Meter) {
    tracing::error!(%error, "a batch of events could not be written; their callers know");
    for asker in askers {
        asker.tell(Err(error.into()), meter);
    }
}

impl Asker {
    pub fn bought(&self) -> bool {
        self.incoming.is_purchase()
    }

    /// The same event, to be decided again.
    pub fn again(self) -> Waiting {
        let Self { answer, incoming, lost } = self;
        Waiting { incoming, answer, lost }
    }

    /// The same after a round that was lost against another connector.
    pub fn beaten(self) -> Waiting {
        let lost = self.lost + 1;
        Waiting { lost, ..self.again() }
    }

    pub fn tell(self, mut answer: Answer, meter: &Meter) {
        let Incoming { brand, id, fact, who, .. } = &self.incoming;
        if let Ok(accepted) = &mut answer {
            let notes =
                who.left_out.iter().map(|FieldError { pointer, detail }| format!("{pointer} {detail}: left out"));
            accepted.receipt.notes.splice(0..0, notes);
            meter.left_out(brand, &who.left_out);
        }
        let kind = meter::kind(fact);
        log(&kind, id, &answer);
        meter.answered(brand, kind, answer.as_ref().err());
        let _ = self.answer.send(answer); // the caller may have gone; what was committed stays
    }
}

/// What became of an event, by ids alone.
fn log(kind: &str, id: &str, answer: &Answer) {
    match answer {
        Ok(Accepted { receipt: Receipt { member_id, duplicate, .. } }) => {
            tracing::debug!(event.id = id, member.id = member_id, kind, duplicate, "event {id} is accepted");
        }
        Err(NotAccepted::Broken) => {
            tracing::error!(event.id = id, kind, "event {id} cannot be decided or written; it alone is refused");
        }
        Err(refused) => {
            let problem = meter::problem(refused);
            tracing::debug!(event.id = id, kind, problem, "event {id} is not accepted: {problem}");
        }
    }
}
