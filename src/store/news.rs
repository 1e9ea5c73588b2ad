//! What the writer tells those who deliver: that something is due, and whether purchases come in a crowd, so that deliveries
//! can step back for them.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{Notify, futures::Notified};

/// Purchases in one commit that are a crowd: the writer has more of them than it gets through one by one.
const CROWD: usize = 6;
/// How long after such a commit the crowd is thought to be there.
const FRESH: Duration = Duration::from_millis(50);

/// Shared by the writer and all couriers.
#[derive(Debug, Default)]
pub struct News {
    bell: Notify,
    bought: AtomicU64,
    crowded_at: Mutex<Option<Instant>>,
}

impl News {
    /// Says that there may be something due.
    pub fn ring(&self) {
        self.bell.notify_waiters();
    }

    /// Resolves when there may be something due.
    pub fn rung(&self) -> Notified<'_> {
        self.bell.notified()
    }

    /// Counts the purchases of one commit, done at `now`.
    pub fn committed(&self, purchases: usize, now: Instant) {
        self.bought.fetch_add(purchases as u64, Ordering::Relaxed);
        if purchases >= CROWD {
            *self.crowded_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
    }

    /// Purchases committed since the start.
    pub fn bought(&self) -> u64 {
        self.bought.load(Ordering::Relaxed)
    }

    /// Whether purchases wait for each other at `now`.
    pub fn is_crowded(&self, now: Instant) -> bool {
        let at = *self.crowded_at.lock().unwrap_or_else(PoisonError::into_inner);
        at.is_some_and(|at| now.saturating_duration_since(at) < FRESH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purchases_one_by_one_are_no_crowd() {
        let (news, now) = (News::default(), Instant::now());
        for _ in 0..100 {
            news.committed(CROWD - 1, now);
        }
        assert!(!news.is_crowded(now));
        news.committed(CROWD, now);
        assert!(news.is_crowded(now));
        assert!(!news.is_crowded(now + FRESH));
        assert_eq!(news.bought(), 100 * (CROWD as u64 - 1) + CROWD as u64);
    }
}
