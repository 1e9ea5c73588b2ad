//! One at a time per key: who comes while somebody works on the same thing waits, and finds it done. A text is written by
//! one author; a profile is changed by one request.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// What is being worked on. A lock ends when its guard is dropped.
#[derive(Default)]
pub struct Turns(Mutex<HashMap<String, Weak<Turn<()>>>>);

impl Turns {
    /// Waits until nobody else works on this.
    pub async fn take(&self, key: &[&str]) -> OwnedMutexGuard<()> {
        let lock = self.of(key.join("\u{1f}"));
        lock.lock_owned().await
    }

    fn of(&self, key: String) -> Arc<Turn<()>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, lock| lock.strong_count() > 0);
        let known = all.get(&key).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let lock = Arc::new(Turn::new(()));
            all.insert(key, Arc::downgrade(&lock));
            lock
        })
    }
}
