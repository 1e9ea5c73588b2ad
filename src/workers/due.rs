//! The due-worker: when something of a member falls due, it says so as an event. What that leads to is decided like any
//! other event; the event's id names the alarm, so many workers that see the same alarm make one event. An alarm may ring too early,
//! as a farther one is written down only with the document: then that is done, and nothing is recorded.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    intake::{Incoming, Who},
    loyalty::{Fact, event::TimePassed},
    store::{Batch, Store, StoreError},
    values::id::derived_uuid,
    writer::{NotAccepted, Writer},
};

/// How often the alarms are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Rest after many turns in a row that failed: what cannot be accepted must not keep the machine busy.
const LONGEST_REST: Duration = Duration::from_secs(60);
/// Alarms taken at once: few enough to leave the writer to callers.
const AT_ONCE: usize = 256;

/// Brand, member, and the instant that it is set to.
type Alarm = (String, String, Timestamp);

#[derive(Clone)]
pub struct DueWorker {
    pub store: Store,
    pub writer: Writer,
    pub clock: Arc<dyn Clock>,
}

impl DueWorker {
    /// Looks until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let mut failed = 0;
        while !stop.is_cancelled() {
            let look = self.look().await.unwrap_or_else(|error| {
                tracing::error!(%error, "what is due could not be looked up; it is tried again");
                Look { rung: 0, due: 0, refused: 1 }
            });
            failed = if look.refused == 0 { 0 } else { failed + 1 };
            if look.rung < AT_ONCE || failed > 0 {
                tokio::select! { () = tokio::time::sleep(rest(failed)) => {}, () = stop.cancelled() => {} }
            }
        }
    }

    /// Lets everything happen that is due now, at most `AT_ONCE` members.
    pub async fn look(&self) -> Result<Look, StoreError> {
        if self.clock.doubt().is_some() {
            return Ok(Look { rung: 0, due: 0, refused: 0 }); // nothing is due by a clock that jumped
        }
        let now = self.clock.now();
        let alarms = self.store.due_members(now, AT_ONCE).await?;
        let rung = alarms.len();
        let due = self.really_due(alarms, now).await?;
        let waiting: Vec<_> = due.iter().map(|alarm| self.writer.submit(rings(alarm))).collect();
        let (mut refused, mut problem) = (0, None);
        for answer in waiting {
            let answer = match answer {
                Ok(answer) => answer.await.unwrap_or_else(|_| Err(NotAccepted::unanswered())),
                Err(busy) => Err(busy),
            };
            if let Err(error) = answer {
                (refused, problem) = (refused + 1, Some(error));
            }
        }
        if let Some(problem) = problem {
            tracing::error!(%problem, refused, "{refused} of what fell due was not accepted; it is tried again");
        }
        Ok(Look { rung, due: due.len(), refused })
    }

    /// Those of whom something is due. The alarms of the others are set to what their documents say.
    async fn really_due(&self, alarms: Vec<Alarm>, now: Timestamp) -> Result<Vec<Alarm>, StoreError> {
        let members = alarms.iter().map(|(brand, member, _)| (brand.clone(), member.clone())).collect();
        let loaded = self.store.load(members).await?;
        let (mut due, mut early) = (Vec::new(), Batch::default());
        for (alarm, loaded) in alarms.into_iter().zip(loaded) {
            match loaded {
                Some(loaded) if loaded.member.next_due_at.is_none_or(|at| at > now) => {
                    early.members.push((alarm.0, Arc::new(loaded)));
                }
                _ => due.push(alarm),
            }
        }
        if !early.members.is_empty() {
            self.store.commit(early).await?;
        }
        Ok(due)
    }
}

/// What became of one look at the alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Alarms that rang.
    pub rung: usize,
    /// Of these, members of whom something was due.
    pub due: usize,
    /// Of these, not accepted.
    pub refused: usize,
}

/// How long it rests after so many looks in a row in which something was refused.
fn rest(failed: u32) -> Duration {
    LOOK.saturating_mul(1 << failed.min(6)).min(LONGEST_REST)
}

fn rings((brand, member, due_at): &Alarm) -> Incoming {
    Incoming {
        brand: brand.clone(),
        source: "time".to_owned(),
        id: derived_uuid(&[member, &due_at.to_string()]).to_string(),
        occurred_at: Some(*due_at),
        fact: Fact::TimePassed(TimePassed { due_at: *due_at }),
        who: Who { id: Some(member.clone()), ..Who::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_accepted_is_tried_less_and_less_often() {
        let seconds: Vec<u64> = [0, 1, 2, 3, 5, 6, 7, 4_000_000].map(|failed| rest(failed).as_secs()).to_vec();
        assert_eq!(seconds, [1, 2, 4, 8, 32, 60, 60, 60]);
    }
}
