//! The calls: `/cxs/context.json` as a trusted peer for events, and the administrator's paths for set-up.
//! A 200 proves nothing here, so every answer is handed on with what it says it processed.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::map::{Part, VERSION_PROPERTY};
use crate::{
    delivery::Outcome,
    systems::http::{self, Answer, NoAnswer},
};

/// Saving a segment judges every profile before it answers.
const ADMINISTRATION: Duration = Duration::from_mins(10);

/// Events that are read at once.
const EVENTS_A_PAGE: usize = 100;
/// Profiles that are read at once.
const PROFILES_A_PAGE: usize = 200;

#[derive(Debug, Clone)]
pub struct Client {
    pub(super) http: reqwest::Client,
    pub(super) url: String,
    pub(super) peer_key: SecretString,
    pub(super) user: String,
    pub(super) password: Option<SecretString>,
    pub(super) scope: String,
    /// Where a rule in Unomi tells us whose profile changed.
    pub(super) hook: Option<String>,
}

/// What Unomi says about a profile after the events of a request.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Context {
    pub profile_id: String,
    pub processed_events: usize,
    pub profile_segments: BTreeSet<String>,
    pub profile_properties: Map<String, Value>,
}

impl Context {
    /// The version of the books that the profile says it was taken from.
    pub fn version(&self) -> Option<u64> {
        self.profile_properties.get(VERSION_PROPERTY)?.as_u64()
    }
}

/// A profile of a member that was saved at this instant, as Unomi's index has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub id: String,
    pub at: Timestamp,
    pub segments: BTreeSet<String>,
}

/// Some of them, oldest first.
pub struct ChangedProfiles {
    pub profiles: Vec<Changed>,
    pub is_last: bool,
}

/// A request with events that did not go well.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// It has nothing to do with what was sent.
    System(Outcome),
    /// It may be what was sent, or one event of it.
    Doubt(String),
}

/// A call of the administrator that did not go well.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AdminError {
    #[error("setting unomi.password: is needed for this (the password of user `{0}` in Unomi)")]
    NoPassword(String),
    #[error("setting unomi.url: {url} {source}")]
    NoAnswer { url: String, source: NoAnswer },
    #[error("settings unomi.user and unomi.password: Unomi refuses them ({0})")]
    Credentials(StatusCode),
    #[error("{method} {path} was answered {status}: {excerpt}")]
    Refused { method: Method, path: String, status: StatusCode, excerpt: String },
    #[error("{0} are saved, but Unomi does not use them yet: try again in a minute")]
    NotActive(String),
}

impl Client {
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// Sends events of one member as things that happened at `at`, and asks for the segments. The body has a length
    /// (never chunked), and every part its own id.
    pub async fn context(&self, member: &str, at: Option<Timestamp>, parts: &[&Part]) -> Result<Context, Trouble> {
        let events: Vec<Value> = parts.iter().map(|part| part.event(&self.scope)).collect();
        let body = json!({
            "profileId": member,
            "source": super::map::source(&self.scope),
            "requireSegments": true,
            "requiredProfileProperties": [VERSION_PROPERTY],
            "events": events,
        });
        let when = at.map(|at| format!("?timestamp={}", at.as_millisecond())).unwrap_or_default();
        let request = self
            .http
            .post(format!("{}/cxs/context.json{when}", self.url))
            .header("X-Unomi-Peer", self.peer_key.expose_secret())
            .header("Cookie", format!("context-profile-id={member}"))
            .json(&body);
        let answer = http::send(request).await.map_err(|no_answer| Trouble::System(no_answer.outcome()))?;
        let status = answer.status.as_u16();
        match answer.common_failure() {
            Some(outcome) if status != 500 => Err(Trouble::System(outcome)),
            None if status == 200 => read(&answer),
            _ => Err(Trouble::Doubt(format!("answered {status}: {}", answer.excerpt()))),
        }
    }

    /// Reads as the administrator; `None` when there is no such thing.
    pub async fn get(&self, path: &str) -> Result<Option<Value>, AdminError> {
        let answer = self.administer(Method::GET, path, None).await?;
        Ok(answer.json().ok())
    }

    /// Saves as the administrator.
    pub async fn post(&self, path: &str, body: &Value) -> Result<(), AdminError> {
        self.administer(Method::POST, path, Some(("application/json", body.to_string()))).await.map(|_| ())
    }

    /// Uploads a text file as the administrator.
    pub async fn post_file(&self, path: &str, name: &str, text: &str) -> Result<(), AdminError> {
        const EDGE: &str = "loyalty-connector-file";
        let body = format!(
            "--{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n{text}\r\n--{EDGE}--\r\n"
        );
        let kind = "multipart/form-data; boundary=loyalty-connector-file";
        self.administer(Method::POST, path, Some((kind, body))).await.map(|_| ())
    }

    /// The stored schema of this id.
    pub async fn schema(&self, id: &str) -> Result<Option<Value>, AdminError> {
        let answer = self.administer(Method::POST, "jsonSchema/query", Some(("text/plain", id.to_owned()))).await?;
        Ok(answer.json().ok())
    }

    /// The server's version.
    pub async fn version(&self) -> Result<String, AdminError> {
        let info = self.get("privacy/info").await?.unwrap_or_default();
        Ok(info["serverVersion"].as_str().unwrap_or("unknown").to_owned())
    }

    /// The profile that an id leads to: itself, or the one it was merged into.
    pub async fn profile(&self, id: &str) -> Result<Option<Value>, AdminError> {
        self.get(&format!("profiles/{id}")).await
    }

    /// A page of the events that Unomi keeps of a profile, oldest first, from this place on; and how many there are.
    pub async fn events(&self, profile: &str, offset: usize) -> Result<(Vec<Value>, usize), AdminError> {
        let condition = json!({"type": "eventPropertyCondition", "parameterValues": {
            "propertyName": "profileId", "comparisonOperator": "equals", "propertyValue": profile}});
        let query = json!({"offset": offset, "limit": EVENTS_A_PAGE, "sortby": "timeStamp:asc,itemId:asc",
            "forceRefresh": true, "condition": condition});
        let body = ("application/json", query.to_string());
        let page: Value = self.administer(Method::POST, "events/search", Some(body)).await?.json().unwrap_or_default();
        let list = page["list"].as_array().cloned().unwrap_or_default();
        let all = page["totalSize"].as_u64().and_then(|all| usize::try_from(all).ok());
        Ok((list, all.unwrap_or_default()))
    }

    /// Members' profiles that were saved at `since` or later.
    pub async fn changed_profiles(&self, since: Timestamp, offset: usize) -> Result<ChangedProfiles, AdminError> {
        let is = |name: &str, comparison: &str, value: (&str, String)| {
            json!({"type": "profilePropertyCondition", "parameterValues": {
                "propertyName": name, "comparisonOperator": comparison, value.0: value.1}})
        };
        let query = json!({"offset": offset, "limit": PROFILES_A_PAGE, "sortby": "systemProperties.lastUpdated:asc",
        "condition": {"type": "booleanCondition", "parameterValues": {"operator": "and", "subConditions": [
            is("systemProperties.lastUpdated", "greaterThanOrEqualTo", ("propertyValueDate", since.to_string())),
            is("itemId", "startsWith", ("propertyValue", "mem_".to_owned())),
        ]}}});
        let body = ("application/json", query.to_string());
        let page: Value =
            self.administer(Method::POST, "profiles/search", Some(body)).await?.json().unwrap_or_default();
        let list = page["list"].as_array().map(Vec::as_slice).unwrap_or_default();
        let changed = |profile: &Value| {
            let at = profile["systemProperties"]["lastUpdated"].as_str()?.parse().ok()?;
            Some(Changed {
                id: profile["itemId"].as_str()?.to_owned(),
                at,
                segments: super::watch::of_profile(profile),
            })
        };
        let profiles: Vec<Changed> = list.iter().filter_map(changed).collect();
        Ok(ChangedProfiles { is_last: list.len() < PROFILES_A_PAGE || profiles.is_empty(), profiles })
    }

    pub fn is_administrator(&self) -> bool {
        self.password.is_some()
    }

    async fn administer(
        &self,
        method: Method,
        path: &str,
        body: Option<(&'static str, String)>,
    ) -> Result<Answer, AdminError> {
        let password = self.password.as_ref().ok_or_else(|| AdminError::NoPassword(self.user.clone()))?;
        let mut request = self
            .http
            .request(method.clone(), format!("{}/cxs/{path}", self.url))
            .basic_auth(&self.user, Some(password.expose_secret()))
            .header("Accept", "application/json");
        if let Some((kind, body)) = body {
            request = request.timeout(ADMINISTRATION).header("Content-Type", kind).body(body);
        }
        let answer =
            http::send(request).await.map_err(|source| AdminError::NoAnswer { url: self.url.clone(), source })?;
        match answer.status {
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Err(AdminError::Credentials(status)),
            status if status.is_success() => Ok(answer),
            status => Err(AdminError::Refused { method, path: path.to_owned(), status, excerpt: answer.excerpt() }),
        }
    }
}

fn read(answer: &Answer) -> Result<Context, Trouble> {
    answer.json().map_err(|_| {
        Trouble::System(Outcome::Down(format!(
            "answered 200 with something that is not a context: {}",
            answer.excerpt()
        )))
    })
}
