//! What the model's server says of key and model, without asking for a text; for `loyalty check`.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::Value;

use super::client::OPENAI;
use crate::{config::OpenAi, systems::http};

/// What could be learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    Models(Vec<String>),
    /// The server answers and lists no models, as some compatible ones.
    NoList,
}

/// `None` when no model is connected.
pub async fn look(settings: &OpenAi) -> Option<Result<Account, String>> {
    if settings.url.is_none() && settings.api_key.is_none() {
        return None;
    }
    Some(models(settings).await)
}

/// Whether it is OpenAI itself.
pub fn is_openai(settings: &OpenAi) -> bool {
    settings.url.as_deref().unwrap_or(OPENAI).contains("api.openai.com/")
}

async fn models(settings: &OpenAi) -> Result<Account, String> {
    let url = settings.url.as_deref().unwrap_or(OPENAI).trim_end_matches('/');
    let http = http::client(Duration::from_millis(settings.timeout_ms)).map_err(|error| error.to_string())?;
    let mut request = http.get(format!("{url}/models"));
    if let Some(key) = &settings.api_key {
        request = request.bearer_auth(key.expose_secret());
    }
    let answer = http::send(request).await.map_err(|none| format!("{url} {none}"))?;
    match answer.status.as_u16() {
        200 => {}
        401 | 403 => return Err(format!("{url} refuses the key: {}", answer.excerpt())),
        404 | 405 | 501 => return Ok(Account::NoList),
        _ => return Err(format!("{url}/models answered {}: {}", answer.status, answer.excerpt())),
    }
    let body: Value = answer.json().map_err(|error| format!("{url}/models answered nonsense: {error}"))?;
    let Some(list) = body["data"].as_array() else { return Ok(Account::NoList) };
    Ok(Account::Models(list.iter().filter_map(|model| model["id"].as_str().map(str::to_owned)).collect()))
}
