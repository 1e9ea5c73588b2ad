//! Keys: made, taken over, and found by their token. Secrets are stored hashed and compared in constant time.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use subtle::ConstantTimeEq;

pub use super::caller::{SCOPES, is_scope};
use super::{Caller, Pace};
use crate::{
    ids,
    store::{ApiKey, Store, StoreError},
};

/// Why a token opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotLetIn {
    #[error("no key like this is in use")]
    Unknown,
    /// Too many calls by this key, or too many strangers from one address.
    #[error("too many calls; the next one may come in {retry_after_seconds} s")]
    TooOften { retry_after_seconds: u32 },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Keys that were looked up in the last second, so that a busy caller costs no query per call and a revoked key ends at once.
#[derive(Clone)]
pub struct Keys {
    known: Arc<Mutex<HashMap<String, (Instant, ApiKey)>>>,
    pace: Arc<Pace>,
    /// Held while a key that nobody knows yet is looked up: of many calls that begin with it at once, one is a stranger's.
    first_look: Arc<tokio::sync::Mutex<()>>,
}

const REMEMBERED: Duration = Duration::from_secs(1);
/// Bound of the memory. Only keys that exist are in it: a guesser's are never kept.
const KEPT: usize = 1000;
/// An id is 12 characters long; one that was made outside is this long at most.
const ID_MAX: usize = 64;

impl Keys {
    pub fn new(pace: Pace) -> Self {
        Self { known: Arc::default(), pace: Arc::new(pace), first_look: Arc::default() }
    }

    /// The caller that holds this token. `now` is the machine's steady clock; `from` is where the call comes from.
    pub async fn caller(&self, store: &Store, now: Instant, from: IpAddr, token: &str) -> Result<Caller, NotLetIn> {
        let parts = token.strip_prefix("lk_").and_then(|rest| rest.split_once('_'));
        let Some((id, secret)) = parts.filter(|(id, _)| id.len() <= ID_MAX) else {
            self.pace.stranger(from)?;
            return Err(NotLetIn::Unknown);
        };
        let key = self.look_up(store, now, from, id).await?;
        let given = ids::sha256_hex(secret.as_bytes());
        let holds = |key: &ApiKey| key.revoked_at.is_none() && bool::from(given.as_bytes().ct_eq(key.hash.as_bytes()));
        let Some(key) = key.filter(holds) else {
            self.pace.stranger(from)?;
            return Err(NotLetIn::Unknown);
        };
        self.pace.key(&key.id)?;
        Ok(key.into())
    }

    /// The administrator who logs in with this token. Each try counts for the address it comes from; after too many, no key
    /// from there is looked at for a while.
    pub async fn logging_in(&self, store: &Store, now: Instant, from: IpAddr, token: &str) -> Result<Caller, NotLetIn> {
        self.pace.login(from)?;
        let caller = self.caller(store, now, from, token).await?;
        if caller.may("admin") { Ok(caller) } else { Err(NotLetIn::Unknown) }
    }

    async fn look_up(&self, store: &Store, now: Instant, from: IpAddr, id: &str) -> Result<Option<ApiKey>, NotLetIn> {
        let remembered = || self.known().get(id).cloned();
        let is_fresh = |at: &Instant| now.saturating_duration_since(*at) < REMEMBERED;
        let mut known = remembered();
        let mut _first = None;
        if known.is_none() {
            _first = Some(self.first_look.lock().await);
            known = remembered();
            if known.is_none() {
                self.pace.stranger(from)?;
            }
        }
        if let Some((at, key)) = known
            && is_fresh(&at)
        {
            return Ok(Some(key));
        }
        let key = store.key(id).await?.filter(|key| key.revoked_at.is_none());
        let mut known = self.known();
        match &key {
            Some(key) => {
                if known.len() >= KEPT {
                    known.clear();
                }
                known.insert(id.to_owned(), (now, key.clone()));
            }
            None => drop(known.remove(id)),
        }
        Ok(key)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, (Instant, ApiKey)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a key. The token is returned once and kept nowhere.
pub async fn create(
    store: &Store,
    now: Timestamp,
    name: &str,
    brand: &str,
    scopes: &[String],
) -> Result<(ApiKey, String), StoreError> {
    let secret = hex::encode(ids::secret());
    let id = hex::encode(&ids::secret()[..6]);
    let token = format!("lk_{id}_{secret}");
    let key = key(id, name, brand, scopes, &secret, now);
    store.add_key(key.clone()).await?;
    Ok((key, token))
}

/// Takes over a token that was made outside; false when it is not of the form `lk_ID_SECRET` with an id of 1 to 64 and a
/// secret of 32 or more characters.
pub async fn adopt(store: &Store, now: Timestamp, name: &str, brand: &str, token: &str) -> Result<bool, StoreError> {
    let Some((id, secret)) = token.strip_prefix("lk_").and_then(|rest| rest.split_once('_')) else { return Ok(false) };
    if !(1..=ID_MAX).contains(&id.len()) || secret.len() < 32 {
        return Ok(false);
    }
    if store.key(id).await?.is_none() {
        store.add_key(key(id.to_owned(), name, brand, &["admin".to_owned()], secret, now)).await?;
    }
    Ok(true)
}

fn key(id: String, name: &str, brand: &str, scopes: &[String], secret: &str, now: Timestamp) -> ApiKey {
    ApiKey {
        id,
        name: name.to_owned(),
        brand: brand.to_owned(),
        scopes: scopes.to_vec(),
        hash: ids::sha256_hex(secret.as_bytes()),
        created_at: now,
        revoked_at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::pace::Calls;

    const FROM: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// A store in a folder of its own, which is removed at the end.
    struct House(Store, std::path::PathBuf);

    impl Drop for House {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.1);
        }
    }

    async fn with_key() -> (House, Keys, ApiKey, String) {
        let folder = std::env::temp_dir().join(ids::fresh("keys"));
        std::fs::create_dir_all(&folder).unwrap();
        let store = Store::open(&folder).unwrap();
        let keys = Keys::new(Pace::new(Calls { per_key: 1000, strangers: 5, logins_a_minute: 10 }));
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let (key, token) = create(&store, now, "shop", "main", &["orders".to_owned()]).await.unwrap();
        (House(store, folder), keys, key, token)
    }

    #[tokio::test]
    async fn many_calls_that_begin_with_a_key_at_once_are_all_let_in() {
        let (house, keys, _, token) = with_key().await;
        let now = Instant::now();
        let calls = (0..300).map(|_| keys.caller(&house.0, now, FROM, &token));
        let refused = futures_util::future::join_all(calls).await.into_iter().filter(Result::is_err).count();
        assert_eq!(refused, 0, "only the first of them was a stranger's");
        let guesses = (0..300).map(|number| format!("lk_{number}_{}", "0".repeat(32))).collect::<Vec<_>>();
        let guesses = guesses.iter().map(|guess| keys.caller(&house.0, now, FROM, guess));
        let all = futures_util::future::join_all(guesses).await;
        assert!(all.iter().filter(|answer| matches!(answer, Err(NotLetIn::TooOften { .. }))).count() > 200);
    }

    #[tokio::test]
    async fn a_revoked_key_ends_within_a_second_by_the_steady_clock() {
        let (house, keys, key, token) = with_key().await;
        let store = &house.0;
        let start = Instant::now();
        assert!(keys.caller(store, start, FROM, &token).await.is_ok());
        assert!(store.revoke_key(&key.id, "2031-01-01T00:00:00Z".parse().unwrap()).await.unwrap());
        assert!(keys.caller(store, start + Duration::from_millis(999), FROM, &token).await.is_ok(), "remembered");
        let later = keys.caller(store, start + Duration::from_secs(1), FROM, &token).await;
        assert!(matches!(later, Err(NotLetIn::Unknown)), "{later:?}");
    }

    #[tokio::test]
    async fn what_a_stranger_sends_is_not_kept_and_soon_not_looked_up() {
        let (house, keys, _, token) = with_key().await;
        let store = &house.0;
        let now = Instant::now();
        assert!(keys.caller(store, now, FROM, &token).await.is_ok());
        let stranger = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7));
        let mut last = None;
        for number in 0..200 {
            let long = format!("lk_{}{number}_x", "a".repeat(if number % 2 == 0 { 1 } else { 380_000 }));
            last = keys.caller(store, now, stranger, &long).await.err();
        }
        assert!(matches!(last, Some(NotLetIn::TooOften { .. })), "{last:?}");
        assert_eq!(keys.known().len(), 1, "only the key that exists");
        assert!(keys.caller(store, now, FROM, &token).await.is_ok(), "who comes from elsewhere is not stopped");
        assert!(keys.caller(store, now, stranger, &token).await.is_ok(), "nor a key in use that comes from there");
    }
}
