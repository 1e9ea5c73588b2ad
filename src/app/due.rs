//! The due-worker: when something of a member falls due, it says so as an event. What that leads to is decided like any
//! other event; the event's id names the alarm, so many workers that see the same alarm make one event.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    loyalty::{Fact, event::TimePassed, id::derived_uuid},
    store::{Incoming, Store, StoreError, Who, Writer},
};

/// How often the alarms are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Alarms taken at once: few enough to leave the writer to callers.
const AT_ONCE: usize = 256;

#[derive(Clone)]
pub struct DueWorker {
    pub store: Store,
    pub writer: Writer,
    pub clock: Arc<dyn Clock>,
}

impl DueWorker {
    /// Looks until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let done = self.turn().await.unwrap_or_else(|error| {
                tracing::error!(%error, "what is due could not be looked up; it is tried again");
                0
            });
            if done < AT_ONCE {
                tokio::select! { () = tokio::time::sleep(LOOK) => {}, () = stop.cancelled() => {} }
            }
        }
    }

    /// Lets everything happen that is due now, at most [`AT_ONCE`] members. Returns how many there were.
    pub async fn turn(&self) -> Result<usize, StoreError> {
        let due = self.store.due_members(self.clock.now(), AT_ONCE).await?;
        let waiting: Vec<_> = due.iter().filter_map(|alarm| self.writer.submit(rings(alarm)).ok()).collect();
        for answer in waiting {
            if let Ok(Err(refused)) = answer.await {
                tracing::error!(%refused, "something fell due and was not accepted; it is tried again");
            }
        }
        Ok(due.len())
    }
}

fn rings((brand, member, due_at): &(String, String, Timestamp)) -> Incoming {
    Incoming {
        brand: brand.clone(),
        source: "time".to_owned(),
        id: derived_uuid(&[member, &due_at.to_string()]).to_string(),
        occurred_at: Some(*due_at),
        fact: Fact::TimePassed(TimePassed { due_at: *due_at }),
        who: Who { id: Some(member.clone()), ..Who::default() },
    }
}
