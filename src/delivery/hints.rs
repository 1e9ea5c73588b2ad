//! Hints from outside that a profile has changed: they only make somebody look sooner. Bounded; what is beyond is found by
//! looking.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

/// Hints that wait at most.
const HINTS: usize = 1_000;
/// Bytes of a profile's id; a longer one is nobody's.
const LONGEST: usize = 200;

/// Profiles that somebody said have changed. Cloning shares them.
#[derive(Clone, Default)]
pub struct Hints {
    waiting: Arc<Mutex<BTreeSet<String>>>,
    rung: Arc<Notify>,
}

impl Hints {
    /// Notes a profile; with too many waiting it is left to be found.
    pub fn tell(&self, profile: &str) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < HINTS && profile.len() <= LONGEST {
            waiting.insert(profile.to_owned());
            self.rung.notify_one();
        }
    }

    /// All that wait; nobody else gets them.
    pub fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Comes back when something waits.
    pub async fn rung(&self) {
        self.rung.notified().await;
    }
}
