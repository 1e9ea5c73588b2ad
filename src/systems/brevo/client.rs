//! One call: a transactional mail. The answer tells apart what must not be repeated blindly.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::map::Fault;
use crate::{
    config::Brevo,
    delivery::Outcome,
    systems::http::{self, Answer, NoAnswer},
};

/// A connected Brevo account.
pub struct Client {
    http: reqwest::Client,
    url: String,
    api_key: SecretString,
}

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// Accepted, now or before.
    Accepted,
    /// It was certainly not accepted.
    Not(Outcome),
    /// It may have been accepted.
    Maybe(String),
}

impl Client {
    /// `None` without a key.
    pub fn connect(settings: &Brevo) -> Result<Option<Self>, reqwest::Error> {
        let Some(api_key) = settings.api_key.clone() else { return Ok(None) };
        let http = http::client(Duration::from_millis(settings.timeout_ms))?;
        Ok(Some(Self { http, url: settings.url.trim_end_matches('/').to_owned(), api_key }))
    }

    pub async fn send(&self, mail: &Value) -> Sent {
        let request =
            self.http.post(format!("{}/smtp/email", self.url)).header("api-key", self.api_key.expose_secret());
        match http::send(request.json(mail)).await {
            Ok(answer) => judge(&answer),
            Err(none @ NoAnswer::NotSent(_)) => Sent::Not(none.outcome()),
            Err(lost @ NoAnswer::Lost(_)) => Sent::Maybe(lost.to_string()),
        }
    }
}

fn judge(answer: &Answer) -> Sent {
    if answer.status.is_success() {
        return accepted(answer);
    }
    let fault = Fault::read(&answer.body);
    let problem = || format!("answered {}: {}", answer.status, answer.excerpt());
    match answer.status.as_u16() {
        400 | 409 if fault.is_repetition() => Sent::Accepted,
        402 => Sent::Not(Outcome::Locked(problem())), // no credits: a person has to buy some
        408 | 502 | 504 => Sent::Maybe(problem()),    // given up between us and Brevo
        400..500 if fault.is_about_the_account() => Sent::Not(Outcome::Locked(problem())),
        300..400 => Sent::Not(Outcome::Down(format!("{}: is brevo.url right?", problem()))),
        404 | 405 => Sent::Not(Outcome::Locked(format!("{}: is brevo.url right?", problem()))),
        _ => Sent::Not(answer.common_failure().unwrap_or_else(|| Outcome::Refused(problem()))),
    }
}

/// Brevo itself answers with the message's id; a page is somebody in between, who may or may not have passed it on.
fn accepted(answer: &Answer) -> Sent {
    match answer.json::<Value>() {
        Ok(Value::Object(_)) => Sent::Accepted,
        _ => {
            Sent::Maybe(format!("answered {} with something else than a receipt: {}", answer.status, answer.excerpt()))
        }
    }
}
