//! n8n's own interface, as its editor uses it, signed in as the owner: the public one needs a key made by hand first.
//! Used by `loyalty setup` and `loyalty check` only; the service itself never signs in. It deletes nothing.

use reqwest::{Client, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::systems::http::{self, Answer, NoAnswer};

/// Why n8n could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    #[error("n8n at {url} {cause}")]
    NoAnswer { url: String, cause: NoAnswer },
    #[error("n8n refuses the owner's e-mail address or password")]
    WrongPassword,
    #[error("n8n has no owner yet: `loyalty setup n8n` makes one")]
    NoOwner,
    #[error("n8n answered {path} with {status}: {excerpt}")]
    Refused { path: String, status: StatusCode, excerpt: String },
    #[error("n8n answered {path} with something unexpected: {detail}")]
    Unexpected { path: String, detail: String },
}

/// The owner's sign-in.
pub struct Login<'a> {
    pub email: &'a str,
    pub password: &'a str,
}

/// A signed-in session.
#[derive(Debug)]
pub struct Console {
    door: Door,
    cookie: String,
}

/// n8n before anybody signed in.
#[derive(Debug, Clone)]
pub struct Door {
    http: Client,
    url: String,
}

#[derive(Debug, Deserialize)]
pub struct Credential {
    pub id: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
}

/// How far n8n is with putting a workflow to work; it does so some time after it was asked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Publication {
    pub status: String,
    pub live_version_id: Option<String>,
    #[serde(default)]
    pub triggers: Vec<Trigger>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    pub error_message: Option<String>,
}

#[derive(Deserialize)]
struct Enveloped<T> {
    data: T,
}

impl Door {
    pub fn new(http: Client, url: &str) -> Self {
        Self { http, url: url.trim_end_matches('/').to_owned() }
    }

    /// Whether n8n takes requests.
    pub async fn ready(&self) -> Result<(), ConsoleError> {
        let answer = self.call(Method::GET, "/healthz/readiness", None, None).await?;
        if answer.status.is_success() { Ok(()) } else { Err(refused("/healthz/readiness", &answer)) }
    }

    /// Whether n8n is new and waits for its owner.
    pub async fn awaits_owner(&self) -> Result<bool, ConsoleError> {
        let path = "/rest/settings";
        let settings: Value = data(path, &self.call(Method::GET, path, None, None).await?)?;
        Ok(settings["userManagement"]["showSetupOnFirstLoad"] == true)
    }

    /// Makes the owner of a new n8n.
    pub async fn make_owner(&self, login: &Login<'_>) -> Result<Console, ConsoleError> {
        let body = json!({
            "email": login.email, "password": login.password, "firstName": "Loyalty", "lastName": "Owner"
        });
        self.enter("/rest/owner/setup", &body).await
    }

    pub async fn sign_in(&self, login: &Login<'_>) -> Result<Console, ConsoleError> {
        if self.awaits_owner().await? {
            return Err(ConsoleError::NoOwner);
        }
        let body = json!({ "emailOrLdapLoginId": login.email, "password": login.password });
        match self.enter("/rest/login", &body).await {
            Err(ConsoleError::Refused { status: StatusCode::UNAUTHORIZED, .. }) => Err(ConsoleError::WrongPassword),
            other => other,
        }
    }

    async fn enter(&self, path: &str, body: &Value) -> Result<Console, ConsoleError> {
        let answer = self.call(Method::POST, path, None, Some(body)).await?;
        if !answer.status.is_success() {
            return Err(refused(path, &answer));
        }
        let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let pairs: Vec<&str> = cookies.filter_map(|cookie| cookie.split(';').next()).collect();
        if pairs.is_empty() {
            return Err(ConsoleError::Unexpected { path: path.to_owned(), detail: "no session cookie".to_owned() });
        }
        Ok(Console { door: self.clone(), cookie: pairs.join("; ") })
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        cookie: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer, ConsoleError> {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        http::send(request).await.map_err(|cause| ConsoleError::NoAnswer { url: self.url.clone(), cause })
    }
}

impl Console {
    pub async fn version(&self) -> Result<String, ConsoleError> {
        let settings: Value = self.ask(Method::GET, "/rest/settings", None).await?;
        Ok(settings["versionCli"].as_str().unwrap_or("unknown").to_owned())
    }

    pub async fn credentials(&self) -> Result<Vec<Credential>, ConsoleError> {
        self.ask(Method::GET, "/rest/credentials", None).await
    }

    /// Makes a credential; n8n chooses its id.
    pub async fn add_credential(&self, content: &Value) -> Result<Credential, ConsoleError> {
        self.ask(Method::POST, "/rest/credentials", Some(content)).await
    }

    pub async fn change_credential(&self, id: &str, content: &Value) -> Result<Credential, ConsoleError> {
        self.ask(Method::PATCH, &format!("/rest/credentials/{id}"), Some(content)).await
    }

    /// The draft of a workflow, when there is one of this id.
    pub async fn workflow(&self, id: &str) -> Result<Option<Value>, ConsoleError> {
        match self.ask(Method::GET, &format!("/rest/workflows/{id}"), None).await {
            Err(ConsoleError::Refused { status: StatusCode::NOT_FOUND, .. }) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Makes a workflow under the id in it.
    pub async fn add_workflow(&self, workflow: &Value) -> Result<Value, ConsoleError> {
        self.ask(Method::POST, "/rest/workflows", Some(workflow)).await
    }

    pub async fn change_workflow(&self, id: &str, workflow: &Value) -> Result<Value, ConsoleError> {
        self.ask(Method::PATCH, &format!("/rest/workflows/{id}"), Some(workflow)).await
    }

    /// Asks for a version to be put to work.
    pub async fn publish(&self, id: &str, version: &str) -> Result<(), ConsoleError> {
        let body = json!({ "versionId": version });
        self.ask::<Value>(Method::POST, &format!("/rest/workflows/{id}/activate"), Some(&body)).await.map(drop)
    }

    pub async fn publication(&self, id: &str) -> Result<Publication, ConsoleError> {
        self.ask(Method::GET, &format!("/rest/workflows/{id}/publication-status"), None).await
    }

    async fn ask<T: for<'de> Deserialize<'de>>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, ConsoleError> {
        data(path, &self.door.call(method, path, Some(&self.cookie), body).await?)
    }
}

fn data<T: for<'de> Deserialize<'de>>(path: &str, answer: &Answer) -> Result<T, ConsoleError> {
    if !answer.status.is_success() {
        return Err(refused(path, answer));
    }
    let unexpected = |error: serde_json::Error| ConsoleError::Unexpected {
        path: path.to_owned(),
        detail: format!("{error}: {}", answer.excerpt()),
    };
    answer.json::<Enveloped<T>>().map(|envelope| envelope.data).map_err(unexpected)
}

/// Errors of n8n come as JSON with a message and a stack trace; people need the message.
fn refused(path: &str, answer: &Answer) -> ConsoleError {
    let message = answer.json::<Value>().ok().and_then(|body| body["message"].as_str().map(str::to_owned));
    let excerpt = message.unwrap_or_else(|| answer.excerpt());
    ConsoleError::Refused { path: path.to_owned(), status: answer.status, excerpt }
}
