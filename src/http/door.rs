//! The door in front of every call: who comes, how often, and whether the key's scopes are those that the contract names for
//! the call. It is asked before anything of the request is read, so no body and no query says anything to somebody who may
//! not call. A call whose contract names no scope is for administrators alone.

use std::{collections::HashMap, sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::Value;

use crate::{access::Caller, intake::problem::Problem, service::App, web::peer::address};

/// Scopes of each call by path and method: one of the scopes is enough. A call without any is open.
type Scopes = HashMap<String, HashMap<String, Vec<String>>>;

/// What the door knows.
#[derive(Clone)]
pub struct Door {
    app: Arc<App>,
    scopes: Arc<Scopes>,
}

impl Door {
    pub fn new(app: Arc<App>, description: &utoipa::openapi::OpenApi) -> Self {
        Self { app, scopes: Arc::new(scopes(&serde_json::to_value(description).unwrap_or_default())) }
    }

    async fn ask(&self, parts: &Parts) -> Result<Option<Caller>, Problem> {
        let admin = [String::from("admin")];
        let named = self.scopes.get(path(parts)).and_then(|calls| calls.get(parts.method.as_str()));
        let wanted = named.map_or(&admin[..], Vec::as_slice);
        if wanted.is_empty() {
            return Ok(None);
        }
        let from = address(parts.extensions.get(), &parts.headers, &self.app.settings.limits.proxies);
        let header = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        let caller = self.app.keys.caller(&self.app.store, Instant::now(), from, token.trim()).await?;
        if wanted.iter().any(|scope| caller.may(scope)) {
            Ok(Some(caller))
        } else {
            Err(Problem::forbidden(&wanted[0]))
        }
    }
}

fn path(parts: &Parts) -> &str {
    parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str)
}

/// What is expensive to read. A statement is not among them: it takes a turn for each part that it sends.
const EXPENSIVE: [&str; 6] = [
    "/v1/entries/{id}/why",
    "/v1/orders/{order_id}/why",
    "/v1/events/{source}/{id}/why",
    "/v1/members/{ref}/orders",
    "/v1/parked",
    "/v1/deliveries",
];

fn is_expensive(parts: &Parts) -> bool {
    parts.method == Method::GET && EXPENSIVE.contains(&path(parts))
}

/// Lets a request in with its caller, when it is its turn; or answers it.
pub async fn ask(State(door): State<Door>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match door.ask(&parts).await {
        Ok(caller) => {
            if let Some(caller) = caller {
                parts.extensions.insert(caller);
            }
            let permit = if is_expensive(&parts) { door.app.turns.one().await.map(Some) } else { Ok(None) };
            match permit {
                Ok(_held) => next.run(Request::from_parts(parts, body)).await,
                Err(problem) => problem.into_response(),
            }
        }
        Err(problem) => problem.into_response(),
    }
}

/// What `security` of each operation says: `{"key": [SCOPE]}` one of several, `{}` open to everybody.
fn scopes(description: &Value) -> Scopes {
    let mut all = Scopes::new();
    for (path, operations) in description["paths"].as_object().into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let Some(security) = operation["security"].as_array() else { continue };
            let of_key = |one: &Value| one["key"].as_array().cloned().unwrap_or_default();
            let named = security.iter().flat_map(of_key).filter_map(|scope| scope.as_str().map(str::to_owned));
            let (named, open) = (named.collect::<Vec<_>>(), security.iter().all(|one| *one == serde_json::json!({})));
            if open || !named.is_empty() {
                all.entry(path.clone()).or_default().insert(method.to_uppercase(), named);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_open_only_when_its_contract_says_so() {
        let description = serde_json::json!({"paths": {
            "/a": {"get": {"security": [{}]}, "put": {}, "post": {"security": [{"key": []}]}},
            "/b": {"get": {"security": [{"key": ["redeem"]}, {"key": ["partner"]}]}},
        }});
        let all = scopes(&description);
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(all["/a"]["GET"].is_empty() && all["/a"].len() == 1);
        assert_eq!(all["/b"]["GET"], ["redeem", "partner"]);
    }
}
