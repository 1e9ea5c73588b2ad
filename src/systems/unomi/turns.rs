//! Whose turn it is: Unomi reads a profile, changes it and writes it back, so two requests for one profile at once lose one
//! of the two changes, practically always and without a word. Whoever sends for a member holds that member's turn.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use tokio::sync::{Mutex, MutexGuard};

/// A few places that members share; meeting at one only makes them wait.
pub struct Turns([Mutex<()>; 64]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }
}

impl Turns {
    pub async fn of(&self, member: &str) -> MutexGuard<'_, ()> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(member);
        let place = usize::try_from(hash % self.0.len() as u64).unwrap_or_default();
        self.0[place].lock().await
    }
}
