//! One call: a transactional mail. The answer tells apart what must not be repeated blindly.

use std::time::Duration;

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::map::{self, Fault};
use crate::{
    config::Brevo,
    delivery::{Outcome, Sending},
    messages::{Envelope, Provider, Sent},
    systems::http::{self, Answer, NoAnswer},
    words::mail::Mail,
};

/// A connected Brevo account.
struct Client {
    http: reqwest::Client,
    url: String,
    api_key: SecretString,
    /// Address and name.
    sender: (String, String),
}

/// Brevo knows a key for 30 minutes; five are left for clocks and slow answers.
const REPEATABLE: SignedDuration = SignedDuration::from_mins(25);

/// The account that the settings name; `None` without a key.
pub fn connect(settings: &Brevo) -> Result<Option<Box<dyn Provider>>, reqwest::Error> {
    let Some(api_key) = settings.api_key.clone() else { return Ok(None) };
    let http = http::client(Duration::from_millis(settings.timeout_ms))?;
    let sender = (settings.sender_email.clone(), settings.sender_name.clone());
    Ok(Some(Box::new(Client { http, url: settings.url.trim_end_matches('/').to_owned(), api_key, sender })))
}

impl Client {
    async fn post(&self, mail: &Value) -> Sent {
        let request =
            self.http.post(format!("{}/smtp/email", self.url)).header("api-key", self.api_key.expose_secret());
        match http::send(request.json(mail)).await {
            Ok(answer) => judge(&answer),
            Err(none @ NoAnswer::NotSent(_)) => Sent::Not(none.outcome()),
            Err(lost @ NoAnswer::Lost(_)) => Sent::Maybe(lost.to_string()),
        }
    }
}

impl Provider for Client {
    fn name(&self) -> &'static str {
        "Brevo"
    }

    fn remembers(&self) -> Option<SignedDuration> {
        Some(REPEATABLE)
    }

    fn send<'a>(&'a self, envelope: &'a Envelope<'a>, mail: &'a Mail) -> Sending<'a, Sent> {
        let (address, name) = (self.sender.0.as_str(), self.sender.1.as_str());
        Box::pin(async move { self.post(&map::request((address, name), envelope, mail)).await })
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
