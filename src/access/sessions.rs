//! The book of sessions: a random token, known here only by its hash, bound to the key it was opened with. A session ends
//! twelve hours after it was opened, half an hour after it was last used, at logout, and when its key is revoked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use super::Caller;
use crate::ids;

/// All open sessions. Cloning shares them.
#[derive(Clone, Default)]
pub struct Sessions(Arc<Mutex<HashMap<String, Session>>>);

/// Somebody's session.
#[derive(Clone)]
pub struct Session {
    pub key_id: String,
    pub brand: String,
    /// Goes into every form.
    pub csrf: String,
    until: Timestamp,
    used_at: Timestamp,
}

/// How long a session lasts at most.
pub const LASTS: SignedDuration = SignedDuration::from_hours(12);
/// How long it may lie idle.
pub const IDLE: SignedDuration = SignedDuration::from_mins(30);
const OPEN: usize = 1000;

impl Session {
    fn is_open(&self, now: Timestamp) -> bool {
        now < self.until && now.duration_since(self.used_at) < IDLE
    }
}

impl Sessions {
    /// Opens a session and returns its token.
    pub fn open(&self, caller: &Caller, now: Timestamp) -> String {
        let token = hex::encode(ids::secret());
        let session = Session {
            key_id: caller.key_id.clone(),
            brand: caller.brand.clone(),
            csrf: hex::encode(ids::secret()),
            until: now.saturating_add(LASTS).unwrap_or(now),
            used_at: now,
        };
        let mut open = self.book();
        open.retain(|_, session| session.is_open(now));
        if open.len() >= OPEN
            && let Some(oldest) = open.iter().min_by_key(|(_, session)| session.used_at).map(|(hash, _)| hash.clone())
        {
            open.remove(&oldest);
        }
        open.insert(ids::sha256_hex(token.as_bytes()), session);
        token
    }

    /// The open session of this token, which is used now.
    pub fn find(&self, token: &str, now: Timestamp) -> Option<Session> {
        let hash = ids::sha256_hex(token.as_bytes());
        let mut open = self.book();
        let session = open.get_mut(&hash).filter(|session| session.is_open(now))?;
        session.used_at = session.used_at.max(now);
        Some(session.clone())
    }

    pub fn close(&self, token: &str) {
        self.book().remove(&ids::sha256_hex(token.as_bytes()));
    }

    fn book(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
