//! NocoDB's administrator: makes the token that the connector works with, and closes sign-up; for `loyalty setup` and
//! `loyalty check`. The service itself works with the token alone.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Nocodb, client::CallError};
use crate::{
    config,
    systems::http::{self, Answer, NoAnswer},
};

/// Why the administrator could not do it.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("setting nocodb.url: NocoDB {0}")]
    NoAnswer(#[from] NoAnswer),
    #[error("setting nocodb.url: {0}")]
    Client(#[from] reqwest::Error),
    #[error("setting nocodb.url is missing (LOYALTY__NOCODB__URL)")]
    NoUrl,
    #[error("NocoDB refuses the administrator's e-mail address or password: {0}")]
    Credentials(String),
    #[error("NocoDB answered {path} with {status}: {excerpt}")]
    Refused { path: &'static str, status: reqwest::StatusCode, excerpt: String },
}

/// A signed-in administrator.
pub struct Admin {
    door: Door,
    session: String,
}

struct Door {
    http: reqwest::Client,
    url: String,
}

impl Door {
    fn new(settings: &config::Nocodb) -> Result<Self, AdminError> {
        let url = settings.url.as_deref().ok_or(AdminError::NoUrl)?.trim_end_matches('/').to_owned();
        Ok(Self { http: http::client(Duration::from_millis(settings.timeout_ms))?, url })
    }

    async fn call(
        &self,
        method: Method,
        path: &'static str,
        session: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer, AdminError> {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(session) = session {
            request = request.header("xc-auth", session);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Ok(http::send(request).await?)
    }
}

/// Whether NocoDB takes requests.
pub async fn ready(settings: &config::Nocodb) -> Result<(), AdminError> {
    let path = "/api/v1/health";
    let answer = Door::new(settings)?.call(Method::GET, path, None, None).await?;
    if answer.status.is_success() { Ok(()) } else { Err(refused(path, &answer)) }
}

/// Whether anybody who reaches NocoDB can make an account; it is so by default.
pub async fn sign_up_is_open(settings: &config::Nocodb) -> Result<bool, AdminError> {
    let path = "/api/v1/db/meta/nocodb/info";
    let info = read(path, &Door::new(settings)?.call(Method::GET, path, None, None).await?)?;
    Ok(info["inviteOnlySignup"] != true)
}

impl Admin {
    pub async fn sign_in(settings: &config::Nocodb, email: &str, password: &str) -> Result<Self, AdminError> {
        let door = Door::new(settings)?;
        let path = "/api/v2/auth/user/signin";
        let body = json!({ "email": email, "password": password });
        let answer = door.call(Method::POST, path, None, Some(&body)).await?;
        if answer.status.as_u16() == 400 {
            return Err(AdminError::Credentials(answer.excerpt()));
        }
        let session = text(path, &answer, "token")?;
        Ok(Self { door, session })
    }

    /// Makes an API token; NocoDB shows it again to the administrator only.
    pub async fn make_token(&self) -> Result<String, AdminError> {
        let path = "/api/v1/tokens";
        let body = json!({ "description": "loyalty connector" });
        let answer = self.door.call(Method::POST, path, Some(&self.session), Some(&body)).await?;
        text(path, &answer, "token")
    }

    /// From now on only who is invited gets an account.
    pub async fn close_sign_up(&self) -> Result<(), AdminError> {
        let path = "/api/v1/app-settings";
        let mut settings = read(path, &self.door.call(Method::GET, path, Some(&self.session), None).await?)?;
        settings["invite_only_signup"] = json!(true);
        let answer = self.door.call(Method::POST, path, Some(&self.session), Some(&settings)).await?;
        read(path, &answer).map(drop)
    }
}

impl Nocodb {
    /// The kind of database that our base lies in (`pg`, `sqlite3`, `mysql2`); `None` while there is no base.
    pub async fn database(&self) -> Result<Option<String>, CallError> {
        let bases = self.client.list("bases").await?;
        let ours = bases.iter().find(|base| base["title"] == *self.base);
        Ok(ours.and_then(|base| base["sources"][0]["type"].as_str()).map(str::to_owned))
    }
}

fn read(path: &'static str, answer: &Answer) -> Result<Value, AdminError> {
    if !answer.status.is_success() {
        return Err(refused(path, answer));
    }
    Ok(answer.json().unwrap_or_default())
}

fn text(path: &'static str, answer: &Answer, field: &str) -> Result<String, AdminError> {
    let body = read(path, answer)?;
    body[field].as_str().map(str::to_owned).ok_or_else(|| refused(path, answer))
}

fn refused(path: &'static str, answer: &Answer) -> AdminError {
    AdminError::Refused { path, status: answer.status, excerpt: answer.excerpt() }
}
