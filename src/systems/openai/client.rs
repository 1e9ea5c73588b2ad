//! One call: chat completions of OpenAI or any compatible server. It is bounded in time and repeats nothing by itself: a
//! repeated call is a second, billed text.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::map;
use crate::{
    config::OpenAi,
    delivery::{Outcome, Sending, cause},
    messages::{Ask, Model, NoText},
    systems::http::{self, Answer},
};

pub(super) const OPENAI: &str = "https://api.openai.com/v1";

/// A connected model.
struct Client {
    http: reqwest::Client,
    url: String,
    api_key: Option<SecretString>,
    model: map::Model,
    /// Only OpenAI itself knows `safety_identifier`; some others refuse what they do not know.
    is_openai: bool,
}

/// The model that the settings name; `None` when neither an address nor a key is set.
pub fn connect(settings: &OpenAi) -> Result<Option<Box<dyn Model>>, reqwest::Error> {
    Ok(Client::connect(settings)?.map(|client| Box::new(client) as Box<dyn Model>))
}

impl Client {
    fn connect(settings: &OpenAi) -> Result<Option<Self>, reqwest::Error> {
        if settings.url.is_none() && settings.api_key.is_none() {
            return Ok(None);
        }
        let url = settings.url.as_deref().unwrap_or(OPENAI).trim_end_matches('/').to_owned();
        Ok(Some(Self {
            http: http::client(Duration::from_millis(settings.timeout_ms))?,
            is_openai: url.contains("//api.openai.com/") || url.contains(".api.openai.com/"),
            url,
            api_key: settings.api_key.clone(),
            model: map::Model {
                name: settings.model.clone(),
                max_tokens: settings.max_tokens,
                max_tokens_field: settings.max_tokens_field.clone(),
            },
        }))
    }

    async fn ask(&self, ask: &Ask<'_>, member_hash: &str) -> Result<String, NoText> {
        self.complete(map::request(&self.model, ask, self.is_openai.then_some(member_hash))).await
    }

    async fn complete(&self, body: serde_json::Value) -> Result<String, NoText> {
        let mut request = self.http.post(format!("{}/chat/completions", self.url)).json(&body);
        if let Some(key) = &self.api_key {
            request = request.bearer_auth(key.expose_secret());
        }
        let answer = http::send(request).await.map_err(|none| NoText::Later(none.outcome()))?;
        judge(&answer)
    }
}

impl Model for Client {
    fn ask<'a>(&'a self, ask: &'a Ask<'a>, member_hash: &'a str) -> Sending<'a, Result<String, NoText>> {
        Box::pin(self.ask(ask, member_hash))
    }

    fn translate<'a>(&'a self, words: &'a str, language: &'a str) -> Sending<'a, Result<String, NoText>> {
        Box::pin(self.complete(map::translation(&self.model, words, language)))
    }
}

fn judge(answer: &Answer) -> Result<String, NoText> {
    if answer.status.is_success() {
        return map::answer(&answer.body).map_err(NoText::Never);
    }
    if answer.status.as_u16() == 429 && map::is_out_of_quota(&answer.body) {
        let problem = format!("the model's account is out of quota ({})", map::error(&answer.body).1);
        tracing::error!("texts are made from their templates: the model's account is out of quota");
        return Err(NoText::Never(problem));
    }
    match answer.common_failure() {
        Some(outcome) => Err(NoText::Later(outcome)),
        None if answer.status.as_u16() == 409 => Err(NoText::Later(Outcome::Down("answered 409".to_owned()))),
        None => {
            let problem = format!("the model's server answered {}: {}", answer.status, answer.excerpt());
            tracing::error!("a text is made from its template: {}", cause(&problem));
            Err(NoText::Never(problem))
        }
    }
}
