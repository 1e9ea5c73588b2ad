//! What Brevo says of the account and of the sender, and one test mail; for `loyalty check`.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::connect;
use crate::{
    config::Brevo,
    ids,
    messages::{Envelope, Sent},
    systems::http,
    values::id::derived_uuid,
    words::mail::Mail,
};

/// A connected account.
pub struct Account {
    http: reqwest::Client,
    url: String,
    api_key: SecretString,
}

/// Whether Brevo lets a sender send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// By itself, or by its authenticated domain.
    Verified,
    Unverified,
    Unknown,
}

impl Account {
    /// `None` without a key.
    pub fn connect(settings: &Brevo) -> Result<Option<Self>, reqwest::Error> {
        let Some(api_key) = settings.api_key.clone() else { return Ok(None) };
        let http = http::client(Duration::from_millis(settings.timeout_ms))?;
        Ok(Some(Self { http, url: settings.url.trim_end_matches('/').to_owned(), api_key }))
    }

    /// The e-mail address of the account; `None` when the server does not tell (Brevo itself does, a stand-in may not).
    pub async fn owner(&self) -> Result<Option<String>, String> {
        let account = self.get("account").await?;
        Ok(account.and_then(|account| account["email"].as_str().map(str::to_owned)))
    }

    pub async fn sender(&self, email: &str) -> Result<Sender, String> {
        let Some(senders) = self.get("senders").await? else { return Ok(Sender::Unknown) };
        let is = |value: &Value, text: &str| value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(text));
        let known = senders["senders"].as_array().into_iter().flatten().find(|sender| is(&sender["email"], email));
        match known.map(|sender| sender["active"] == true) {
            Some(true) => return Ok(Sender::Verified),
            Some(false) => return Ok(Sender::Unverified),
            None => {}
        }
        let domains = self.get("senders/domains").await?.unwrap_or_default();
        let domain = email.rsplit('@').next().unwrap_or_default();
        let authenticated = domains["domains"].as_array().into_iter().flatten().any(|known| {
            is(&known["domain_name"], domain) && known["authenticated"] == true && known["verified"] == true
        });
        Ok(if authenticated { Sender::Verified } else { Sender::Unknown })
    }

    /// One mail that says what it is.
    pub async fn send_test(&self, settings: &Brevo, to: &str) -> Result<(), String> {
        let text = "This mail was sent by `loyalty check --send-test`. The connector can send messages through Brevo.";
        let mail = Mail {
            subject: "Test of the loyalty connector".to_owned(),
            html: format!("<p>{text}</p>"),
            text: text.to_owned(),
        };
        let id = derived_uuid(&["test mail", &ids::fresh("test")]).to_string();
        let provider = connect(settings).map_err(|error| error.to_string())?;
        let Some(provider) = provider else { return Err("there is no key".to_owned()) };
        match provider.send(&Envelope { to, id: &id, text_id: "test" }, &mail).await {
            Sent::Accepted => Ok(()),
            Sent::Maybe(problem) => Err(format!("it may have been accepted: {problem}")),
            Sent::Not(outcome) => Err(outcome.problem().to_owned()),
        }
    }

    /// `None` when there is no such path.
    async fn get(&self, path: &str) -> Result<Option<Value>, String> {
        let url = format!("{}/{path}", self.url);
        let request = self.http.get(&url).header("api-key", self.api_key.expose_secret());
        let answer = http::send(request).await.map_err(|none| format!("{url} {none}"))?;
        match answer.status.as_u16() {
            200 => answer.json().map(Some).map_err(|error| format!("{url} answered nonsense: {error}")),
            404 => Ok(None),
            401 | 403 => Err(format!("Brevo refuses the key: {}", answer.excerpt())),
            _ => Err(format!("{url} answered {}: {}", answer.status, answer.excerpt())),
        }
    }
}
