//! The loops: lease what is due, hand it over, settle, wait for news. A poll is the truth, the bell only makes it quick.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{FeedDestination, Health, IntentDestination, IntentItem, Outcome, schedule};
use crate::{
    clock::Clock,
    store::{Settled, Store, StoreError},
};

/// What the loops work with.
#[derive(Clone)]
pub struct Courier {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub health: Health,
    pub news: Arc<Notify>,
    pub stop: CancellationToken,
}

/// Longer than any destination takes for a batch: every outbound call is bounded below it.
pub const LEASE: Duration = Duration::from_secs(120);
const DAY: Duration = Duration::from_secs(86_400);
/// How often a loop looks without being rung.
const POLL: Duration = Duration::from_millis(500);

impl Courier {
    /// Keeps one destination up to date until told to stop.
    pub async fn feed(self, destination: Arc<dyn FeedDestination>) {
        while self.ready(destination.name()).await {
            let rung = self.news.notified();
            match self.feed_once(destination.as_ref()).await {
                Ok(0) => self.wait(rung).await,
                Ok(_) => {}
                Err(error) => self.trouble(destination.name(), &error).await,
            }
        }
    }

    /// Carries out the intents of one destination until told to stop.
    pub async fn carry(self, destination: Arc<dyn IntentDestination>) {
        while self.ready(destination.name()).await {
            let rung = self.news.notified();
            match self.carry_once(destination.as_ref()).await {
                Ok(0) => self.wait(rung).await,
                Ok(_) => {}
                Err(error) => self.trouble(destination.name(), &error).await,
            }
        }
    }

    /// One turn of a feed; the number of members handed over. Tests call it directly.
    pub async fn feed_once(&self, destination: &dyn FeedDestination) -> Result<usize, StoreError> {
        let (name, now) = (destination.name(), self.clock.now());
        let items = self.store.lease_feeds(name, destination.batch(), now, later(now, LEASE)).await?;
        if items.is_empty() {
            return Ok(0);
        }
        crate::fault::point("after lease");
        let outcomes = destination.deliver(&items).await;
        crate::fault::point("after send");
        debug_assert_eq!(outcomes.len(), items.len(), "{name} answers for each item");
        for (item, outcome) in items.iter().zip(outcomes) {
            let id = format!("{name}:{}", item.member.id);
            let settled = self.judge(name, &id, item.attempt, outcome, Kind::Feed);
            self.store.settle_feed(name, item, settled).await?;
        }
        Ok(items.len())
    }

    /// One turn of an intent destination; the number of intents under way at once is the destination's own.
    pub async fn carry_once(&self, destination: &dyn IntentDestination) -> Result<usize, StoreError> {
        let (name, now) = (destination.name(), self.clock.now());
        let items = self.store.lease_intents(name, destination.parallel(), now, later(now, LEASE)).await?;
        if items.is_empty() {
            return Ok(0);
        }
        crate::fault::point("after lease");
        let outcomes = futures_util::future::join_all(items.iter().map(|item| destination.carry_out(item))).await;
        crate::fault::point("after send");
        for (item, outcome) in items.iter().zip(outcomes) {
            let IntentItem { id, attempt, .. } = item;
            let settled = self.judge(name, id, *attempt, outcome, Kind::Intent);
            self.store.settle_intent(id, settled).await?;
        }
        Ok(items.len())
    }

    /// What follows from an outcome: for the destination as a whole, and for this delivery.
    fn judge(&self, name: &str, id: &str, attempt: u32, outcome: Outcome, kind: Kind) -> Settled {
        let now = self.clock.now();
        let again = |problem: String, costs_attempt| Settled::RetryAt { at: now, problem, costs_attempt };
        match outcome {
            Outcome::Delivered => {
                self.health.worked(name, now);
                Settled::Delivered
            }
            Outcome::DeliveredExcept(parked) => {
                self.health.worked(name, now);
                for part in &parked {
                    self.health.noted(name, now, &part.problem);
                }
                Settled::DeliveredExcept { parked }
            }
            Outcome::Down(problem) => {
                self.health.failed(name, now, &problem);
                // The first try counts, so that what may have arrived is looked for; an outage uses up no others.
                again(problem, attempt == 1)
            }
            Outcome::Wait { for_ms, problem } => {
                self.health.asked_to_wait(name, now, &problem, Duration::from_millis(for_ms));
                again(problem, false)
            }
            Outcome::Locked(problem) => {
                self.health.locked(name, now, &problem);
                again(problem, false)
            }
            Outcome::Failed(problem) => {
                self.health.noted(name, now, &problem);
                let scheduled = schedule::retry_after(id, attempt, 0);
                // A feed is never given up: what is due there grows with each event.
                let wait = scheduled.or_else(|| matches!(kind, Kind::Feed).then_some(DAY));
                match wait {
                    Some(wait) => Settled::RetryAt { at: later(now, wait), problem, costs_attempt: true },
                    None => Settled::Dead { problem },
                }
            }
            Outcome::Refused(problem) => {
                self.health.noted(name, now, &problem);
                tracing::error!(
                    delivery = id,
                    problem,
                    "{name} refuses delivery {id} for ever: it is a dead letter now"
                );
                Settled::Dead { problem }
            }
            Outcome::Unknown(problem) => {
                self.health.noted(name, now, &problem);
                tracing::error!(
                    delivery = id,
                    problem,
                    "delivery {id} may have arrived at {name}: a person has to look"
                );
                Settled::Unknown { problem }
            }
        }
    }

    /// Waits out a pause of the destination; false when it is time to stop.
    async fn ready(&self, name: &str) -> bool {
        while !self.stop.is_cancelled() {
            let now = self.clock.now();
            let Some(until) = self.health.paused_until(name).filter(|until| *until > now) else { return true };
            let wait = Duration::try_from(until.duration_since(now)).unwrap_or(POLL).min(POLL);
            tokio::select! { () = tokio::time::sleep(wait) => {}, () = self.stop.cancelled() => {} }
        }
        false
    }

    async fn wait(&self, rung: impl Future<Output = ()>) {
        tokio::select! {
            () = rung => {}
            () = tokio::time::sleep(POLL) => {}
            () = self.stop.cancelled() => {}
        }
    }

    async fn trouble(&self, name: &str, error: &StoreError) {
        tracing::error!(%error, "{name} could not be served");
        tokio::time::sleep(POLL).await;
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Feed,
    Intent,
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(now)
}
