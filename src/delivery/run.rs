//! The loops: lease what is due, hand it over, settle, wait for news. A poll is the truth, the bell only makes it quick.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{FeedDestination, Health, IntentDestination, IntentItem, Outcome, cause, schedule};
use crate::{
    clock::Clock,
    store::{News, Settled, Store, StoreError},
    values::count::counted,
};

/// What the loops work with.
#[derive(Clone)]
pub struct Courier {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub health: Health,
    pub news: Arc<News>,
    pub stop: CancellationToken,
}

/// Longer than any destination takes for a batch: every outbound call is bounded below it.
pub const LEASE: Duration = Duration::from_secs(120);
const DAY: Duration = Duration::from_secs(86_400);
/// In a crowd, purchases that are served before one more delivery to the same destination.
const PURCHASES_EACH: u64 = 60;
/// Longest that a destination steps back for purchases.
const STEPPED_BACK: Duration = Duration::from_secs(1);
/// How often it looks meanwhile whether it may go on.
const LOOK: Duration = Duration::from_millis(5);
/// How often a loop looks without being rung.
const POLL: Duration = Duration::from_millis(500);

impl Courier {
    /// Keeps one destination up to date until told to stop.
    pub async fn feed(self, destination: Arc<dyn FeedDestination>) {
        while self.ready(destination.name()).await {
            let rung = self.news.rung();
            match self.feed_once(destination.as_ref()).await {
                Ok(0) => self.wait(rung).await,
                Ok(items) => give_way(&self.news, items, &Real, &self.stop).await,
                Err(error) => self.trouble(destination.name(), &error).await,
            }
        }
    }

    /// Carries out the intents of one destination until told to stop.
    pub async fn carry(self, destination: Arc<dyn IntentDestination>) {
        while self.ready(destination.name()).await {
            let rung = self.news.rung();
            match self.carry_once(destination.as_ref()).await {
                Ok(0) => self.wait(rung).await,
                Ok(items) => give_way(&self.news, items, &Real, &self.stop).await,
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
        let mut tally = Tally::default();
        let settled = items.iter().zip(outcomes).map(|(item, outcome)| {
            let id = format!("{name}:{}", item.member.id);
            let delivery = Delivery { id: &id, member: &item.member.id, attempt: item.attempt, kind: Kind::Feed };
            tally.note(name, &delivery, &outcome);
            (item, self.judge(name, &delivery, outcome))
        });
        let settled = settled.collect();
        tally.log(name);
        self.store.settle_feeds(name, settled).await?;
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
        let mut tally = Tally::default();
        let settled = items.iter().zip(outcomes).map(|(item, outcome)| {
            let IntentItem { id, member, attempt, .. } = item;
            let delivery = Delivery { id, member, attempt: *attempt, kind: Kind::Intent };
            tally.note(name, &delivery, &outcome);
            (id.clone(), self.judge(name, &delivery, outcome))
        });
        let settled = settled.collect();
        tally.log(name);
        self.store.settle_intents(settled).await?;
        Ok(items.len())
    }

    /// What follows from an outcome: for the destination as a whole, and for this delivery.
    fn judge(&self, name: &'static str, delivery: &Delivery<'_>, outcome: Outcome) -> Settled {
        let (now, Delivery { id, attempt, .. }) = (self.clock.now(), *delivery);
        self.health.counted(name, &outcome);
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
            Outcome::Instead(problem) => {
                self.health.noted(name, now, &problem);
                Settled::Delivered
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
                let wait = scheduled.or_else(|| matches!(delivery.kind, Kind::Feed).then_some(DAY));
                match wait {
                    Some(wait) => Settled::RetryAt { at: later(now, wait), problem, costs_attempt: true },
                    None => Settled::Dead { problem },
                }
            }
            Outcome::Refused(problem) => {
                self.health.noted(name, now, &problem);
                Settled::Dead { problem }
            }
            Outcome::Unknown(problem) => {
                self.health.noted(name, now, &problem);
                Settled::Unknown { problem }
            }
        }
    }

    /// Waits out a pause of the destination, and a clock that jumped; false when it is time to stop.
    async fn ready(&self, name: &str) -> bool {
        while !self.stop.is_cancelled() {
            let now = self.clock.now();
            if self.clock.doubt().is_some() {
                // What is no longer worth sending would be given up by it.
                tokio::select! { () = tokio::time::sleep(POLL) => {}, () = self.stop.cancelled() => {} }
                continue;
            }
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

/// What ended somehow.
#[derive(Clone, Copy)]
struct Delivery<'a> {
    id: &'a str,
    member: &'a str,
    attempt: u32,
    kind: Kind,
}

/// What a turn has to say: one line for each cause, however many deliveries it hit. By ids alone; what the system said is
/// with the dead letter and on the console.
#[derive(Default)]
struct Tally(BTreeMap<(&'static str, String), (usize, String)>);

impl Tally {
    fn note(&mut self, destination: &str, delivery: &Delivery<'_>, outcome: &Outcome) {
        let (Delivery { id, member, attempt, .. }, ended) = (delivery, outcome.name());
        tracing::debug!(delivery.id = id, member.id = member, destination, attempt, "delivery {id} ended: {ended}");
        if matches!(outcome, Outcome::Refused(_) | Outcome::Unknown(_) | Outcome::Failed(_)) {
            let cause = cause(outcome.problem()).to_owned();
            self.0.entry((ended, cause)).or_insert_with(|| (0, (*id).to_owned())).0 += 1;
        }
    }

    fn log(self, destination: &str) {
        for ((ended, cause), (count, first)) in self.0 {
            let which = if count == 1 {
                format!("delivery {first}")
            } else {
                format!("{}, {first} first", counted(count, "delivery"))
            };
            match ended {
                "refused" => tracing::error!(
                    destination,
                    cause,
                    count,
                    "{destination} refuses {which} for ever: dead letters now"
                ),
                "unknown" => tracing::error!(
                    destination,
                    cause,
                    count,
                    "{which} may have arrived at {destination}: a person has to look"
                ),
                _ => tracing::warn!(destination, cause, count, "{which} failed at {destination}; tried again later"),
            }
        }
    }
}

/// Time as it passes for who steps back.
trait Passing: Sync {
    fn now(&self) -> Instant;
    fn pause(&self, how_long: Duration) -> impl Future<Output = ()> + Send;
}

/// As it passes for everybody.
struct Real;

impl Passing for Real {
    fn now(&self) -> Instant {
        Instant::now()
    }

    async fn pause(&self, how_long: Duration) {
        tokio::time::sleep(how_long).await;
    }
}

/// Purchases come first: while they wait for each other, a turn of so many deliveries is followed by the next only when several
/// times as many purchases were served, or after a while. Alone, deliveries take turn after turn.
async fn give_way(news: &News, items: usize, time: &impl Passing, stop: &CancellationToken) {
    let until = news.bought() + items as u64 * PURCHASES_EACH;
    let began = time.now();
    while news.is_crowded(time.now()) && news.bought() < until && time.now() - began < STEPPED_BACK {
        tokio::select! { () = time.pause(LOOK) => {}, () = stop.cancelled() => return }
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    /// Time that passes by the pauses alone. In each, so many purchases are committed.
    struct Shop<'a> {
        now: Mutex<Instant>,
        news: &'a News,
        a_pause: usize,
    }

    impl Passing for Shop<'_> {
        fn now(&self) -> Instant {
            *self.now.lock().unwrap_or_else(PoisonError::into_inner)
        }

        async fn pause(&self, how_long: Duration) {
            let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
            *now += how_long;
            if self.a_pause > 0 {
                self.news.committed(self.a_pause, *now);
            }
        }
    }

    #[tokio::test]
    async fn deliveries_step_back_for_a_crowd_of_purchases_and_for_nothing_else() {
        for (purchases, a_pause, items, stepped_back_ms, why) in [
            (1, 64, 8, 0, "one purchase is no crowd"),
            (64, 60, 8, 8 * 5, "as many purchases as they left room for"),
            (64, 6, 8, 80 * 5, "the same of a small crowd"),
            (64, 6, 300, 1000, "no longer than a second"),
            (64, 1, 8, 50, "the crowd is gone"),
            (64, 0, 8, 50, "nobody buys any more"),
        ] {
            let (news, stop) = (News::default(), CancellationToken::new());
            let shop = Shop { now: Mutex::new(Instant::now()), news: &news, a_pause };
            let began = shop.now();
            news.committed(purchases, began);
            give_way(&news, items, &shop, &stop).await;
            assert_eq!((shop.now() - began).as_millis(), stepped_back_ms, "{why}");
            stop.cancel();
            give_way(&news, items, &shop, &stop).await;
        }
    }
}
