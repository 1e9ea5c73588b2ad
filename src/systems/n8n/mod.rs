//! Signals to n8n: signed (Standard Webhooks), under an id that stays the same however often it is sent, so that a receiver
//! can tell a repetition. What is called something is called so in the member's language. Without an address nobody listens, and a
//! signal is done at once.

pub mod console;
pub mod setup;
pub mod signal;
pub mod workflow;

use std::{sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use serde_json::Value;

use crate::{
    clock::Clock,
    config::N8n,
    delivery::{IntentDestination, IntentItem, Outcome, Sending},
    loyalty::intent::Action,
    programme::Translations,
    signature::{BadSecret, Secret},
    store::{Store, StoreError},
    systems::http,
    writer::programmes::LiveProgrammes,
};

/// What of a signal's data is the name of a row.
const NAME: &str = "name";

/// The destination `signal`.
pub struct Signals {
    listener: Option<Listener>,
    clock: Arc<dyn Clock>,
    /// Where members and translations are.
    store: Store,
    live: LiveProgrammes,
}

struct Listener {
    http: reqwest::Client,
    url: String,
    secret: Secret,
}

/// Why signals cannot be sent as the settings say.
#[derive(Debug, thiserror::Error)]
pub enum NotConnected {
    #[error("setting n8n.signal_secret is missing: signals to n8n.signal_url are always signed")]
    NoSecret,
    #[error("setting n8n.signal_secret {0}")]
    Secret(#[from] BadSecret),
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

impl Signals {
    pub fn new(
        settings: &N8n,
        (store, live): (Store, LiveProgrammes),
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NotConnected> {
        let Some(url) = settings.signal_url.clone() else { return Ok(Self { listener: None, clock, store, live }) };
        let secret = settings.signal_secret.as_ref().ok_or(NotConnected::NoSecret)?;
        let secret = Secret::parse(secret.expose_secret())?;
        let http = http::client(Duration::from_millis(settings.timeout_ms))?;
        Ok(Self { listener: Some(Listener { http, url, secret }), clock, store, live })
    }

    pub fn has_listener(&self) -> bool {
        self.listener.is_some()
    }

    /// What a signal says, with the name in it as its member reads it.
    async fn spoken(&self, item: &IntentItem, data: &Value) -> Result<Value, StoreError> {
        let (mut data, programmes) = (data.clone(), self.live.of(&item.brand));
        let name = data.get(NAME).and_then(Value::as_str);
        if let (Some(programmes), Some(name)) = (programmes, name)
            && programmes.live().programme.translations != Translations::default()
        {
            let member = self.store.member(&item.brand, &item.member).await?;
            let language = member.and_then(|loaded| loaded.member.language);
            let said = programmes.live().programme.said(language.as_deref(), name).to_owned();
            data[NAME] = said.into();
        }
        Ok(data)
    }
}

impl Listener {
    async fn tell(&self, signal: &signal::Signed) -> Outcome {
        let mut request = self.http.post(&self.url).header("content-type", "application/json");
        for (name, value) in &signal.headers {
            request = request.header(*name, value);
        }
        let answer = match http::send(request.body(signal.body.clone())).await {
            Ok(answer) => answer,
            Err(none) => return none.outcome(),
        };
        let problem = format!("answered {}: {}", answer.status, answer.excerpt());
        match answer.status.as_u16() {
            200..300 if is_no_workflow(&answer) => Outcome::Down(problem),
            200..300 => Outcome::Delivered,
            // n8n says so while a workflow is being published, and when it is not
            404 => Outcome::Down(format!("{problem} (is the workflow published?)")),
            500 => Outcome::Failed(problem), // this execution failed; others may not
            _ => answer.common_failure().unwrap_or(Outcome::Refused(problem)),
        }
    }
}

/// A workflow may answer anything, but no page: that is somebody in between. And n8n says 200 while it is starting.
fn is_no_workflow(answer: &http::Answer) -> bool {
    let body = answer.body.trim_ascii_start();
    body.starts_with(b"<") || body.starts_with(b"n8n is starting up")
}

impl IntentDestination for Signals {
    fn name(&self) -> &'static str {
        "signal"
    }

    fn parallel(&self) -> usize {
        8
    }

    fn carry_out<'a>(&'a self, item: &'a IntentItem) -> Sending<'a, Outcome> {
        Box::pin(async move {
            let Action::Signal { name, data } = &item.action else {
                return Outcome::Refused("this is no signal".to_owned());
            };
            let Some(listener) = &self.listener else { return Outcome::Delivered };
            match self.spoken(item, data).await {
                Ok(data) => {
                    listener.tell(&signal::signed(&listener.secret, &item.id, name, &data, self.clock.now())).await
                }
                Err(error) => Outcome::Down(format!("the ledger cannot be read: {error}")),
            }
        })
    }
}
