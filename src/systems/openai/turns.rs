//! One author at a time per text: who asks for a text that is being written waits, and finds it written.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// The texts being written. A turn ends when its guard is dropped.
#[derive(Default)]
pub struct Turns(Mutex<HashMap<String, Weak<Turn<()>>>>);

impl Turns {
    /// Waits until nobody else writes the text with this key.
    pub async fn take(&self, key: [&str; 4]) -> OwnedMutexGuard<()> {
        let turn = self.of(key.join("\u{1f}"));
        turn.lock_owned().await
    }

    fn of(&self, key: String) -> Arc<Turn<()>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, turn| turn.strong_count() > 0);
        let known = all.get(&key).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let turn = Arc::new(Turn::new(()));
            all.insert(key, Arc::downgrade(&turn));
            turn
        })
    }
}
