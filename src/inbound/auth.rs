//! Who calls: a bearer key with scopes. Secrets are stored hashed and compared in constant time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{extract::FromRequestParts, http::request::Parts};
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

use super::problem::Problem;
use crate::{
    app::App,
    clock::Clock,
    ids,
    store::{ApiKey, Store, StoreError},
};

/// What a key may be allowed to do. `admin` may do everything.
pub const SCOPES: [&str; 9] =
    ["orders", "events", "members", "redeem", "texts", "messages", "programme", "metrics", "admin"];

/// Whether a scope is one: of the list, `partner:NAME`, or `staff:REF` (the member that the key's holder is).
pub fn is_scope(scope: &str) -> bool {
    let named = |prefix: &str| scope.strip_prefix(prefix).is_some_and(|name| !name.is_empty());
    SCOPES.contains(&scope) || named("partner:") || named("staff:")
}

/// An authenticated caller.
#[derive(Debug, Clone)]
pub struct Caller {
    pub key_id: String,
    /// The key's name: the source of what it sends.
    pub name: String,
    pub brand: String,
    scopes: Vec<String>,
}

impl Caller {
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope || own == "admin")
    }

    pub fn require(&self, scope: &str) -> Result<(), Problem> {
        if self.may(scope) { Ok(()) } else { Err(Problem::forbidden(scope)) }
    }

    /// One of several scopes; `partner` is what `partner:NAME` gives.
    pub fn require_any(&self, scopes: &[&str]) -> Result<(), Problem> {
        let has = |scope: &&str| self.may(scope) || *scope == "partner" && self.partner().is_some();
        if scopes.iter().any(has) { Ok(()) } else { Err(Problem::forbidden(scopes[0])) }
    }

    /// The partner that the key belongs to: it redeems its own codes and no others.
    pub fn partner(&self) -> Option<&str> {
        self.scopes.iter().find_map(|scope| scope.strip_prefix("partner:"))
    }

    /// Nobody gives to their own account: a key of somebody who is a member too has a scope `staff:REF`.
    pub async fn forbid_own(&self, app: &App, member: &str) -> Result<(), Problem> {
        for reference in self.scopes.iter().filter_map(|scope| scope.strip_prefix("staff:")) {
            let own = super::who::find(app, &self.brand, reference).await;
            if own.is_ok_and(|own| own.member.id == member) {
                return Err(Problem::own_account());
            }
        }
        Ok(())
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let header = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(Problem::unauthorized)?;
        let caller = app.keys.caller(&app.store, app.clock.as_ref(), token.trim()).await?;
        caller.ok_or_else(Problem::unauthorized)
    }
}

/// What was found under a key's id, and when.
type LookedUp = (Timestamp, Option<ApiKey>);

/// Keys looked up in the last second, so that a busy caller costs no query per call and a revoked key ends at once.
#[derive(Clone, Default)]
pub struct Keys(Arc<Mutex<HashMap<String, LookedUp>>>);

const REMEMBERED: SignedDuration = SignedDuration::from_secs(1);
/// Bound of the memory; wrong ids of a guesser count too.
const KEPT: usize = 1000;

impl Keys {
    /// The caller that holds this token.
    pub async fn caller(&self, store: &Store, clock: &dyn Clock, token: &str) -> Result<Option<Caller>, StoreError> {
        let Some((id, secret)) = token.strip_prefix("lk_").and_then(|rest| rest.split_once('_')) else {
            return Ok(None);
        };
        let Some(key) = self.look_up(store, clock.now(), id).await? else { return Ok(None) };
        let given = ids::sha256_hex(secret.as_bytes());
        let matches: bool = given.as_bytes().ct_eq(key.hash.as_bytes()).into();
        let caller = || Caller { key_id: key.id, name: key.name, brand: key.brand, scopes: key.scopes };
        Ok((matches && key.revoked_at.is_none()).then(caller))
    }

    async fn look_up(&self, store: &Store, now: Timestamp, id: &str) -> Result<Option<ApiKey>, StoreError> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if let Some((at, key)) = known
            && now.duration_since(at) < REMEMBERED
        {
            return Ok(key);
        }
        let key = store.key(id).await?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(id.to_owned(), (now, key.clone()));
        Ok(key)
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

/// Takes over a token that was made outside; false when it is not of the form `lk_ID_SECRET` with 32 or more characters.
pub async fn adopt(store: &Store, now: Timestamp, name: &str, brand: &str, token: &str) -> Result<bool, StoreError> {
    let Some((id, secret)) = token.strip_prefix("lk_").and_then(|rest| rest.split_once('_')) else { return Ok(false) };
    if id.is_empty() || secret.len() < 32 {
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
