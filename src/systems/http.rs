//! The one way out: every call is bounded in time and size, follows no redirect, and reports what its caller must tell apart.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, header::HeaderMap, redirect};

use crate::delivery::Outcome;

/// Largest answer that is read.
const ANSWER_BYTES: usize = 8 * 1024 * 1024;
const CONNECT: Duration = Duration::from_secs(3);
/// How long a connection is kept without a call. Node, so NocoDB and n8n, closes after 5 s: a call that went out on such a
/// one at that moment would be lost, and nobody could say whether it was done.
const IDLE: Duration = Duration::from_secs(3);

/// A system's answer: any status, the whole body.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// A call without an answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NoAnswer {
    /// The request never left: repeating it is safe.
    #[error("cannot be reached: {0}")]
    NotSent(String),
    /// It left and nothing usable came back: it may have been done.
    #[error("did not answer: {0}")]
    Lost(String),
}

/// Makes a client; all calls of a system share one.
pub fn client(timeout: Duration) -> Result<Client, reqwest::Error> {
    let _ = rustls::crypto::ring::default_provider().install_default(); // a second call finds it installed
    #[expect(clippy::disallowed_methods, reason = "the one place that makes clients")]
    let builder = Client::builder();
    builder
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .timeout(timeout)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("loyalty-connector/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Sends and reads the whole answer.
pub async fn send(request: RequestBuilder) -> Result<Answer, NoAnswer> {
    #[expect(clippy::disallowed_methods, reason = "the one place that sends")]
    let sent = request.send().await;
    let mut response = sent.map_err(|error| {
        let text = plain(&error);
        if error.is_connect() || error.is_builder() { NoAnswer::NotSent(text) } else { NoAnswer::Lost(text) }
    })?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| NoAnswer::Lost(plain(&error)))? {
        if body.len() + chunk.len() > ANSWER_BYTES {
            return Err(NoAnswer::Lost(format!("the answer is larger than {ANSWER_BYTES} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

/// The error with its causes, without the URL (which may hold a secret).
fn plain(error: &reqwest::Error) -> String {
    use std::error::Error as _;
    let mut text = if error.is_timeout() { "timed out".to_owned() } else { String::new() };
    let mut source = error.source();
    while let Some(cause) = source {
        text = if text.is_empty() { cause.to_string() } else { format!("{text}: {cause}") };
        source = cause.source();
    }
    if text.is_empty() { "the request failed".to_owned() } else { text }
}

impl Answer {
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// The beginning of the body, for messages.
    pub fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(300).collect()
    }

    /// What a status means that every system shares; `None` when the system itself must say.
    pub fn common_failure(&self) -> Option<Outcome> {
        let problem = format!("answered {}: {}", self.status, self.excerpt());
        match self.status.as_u16() {
            401 | 403 => Some(Outcome::Locked(problem)),
            429 => Some(Outcome::Wait { for_ms: self.wait_ms().unwrap_or(5_000), problem }),
            408 | 500 | 502..=599 => Some(Outcome::Down(problem)),
            _ => None,
        }
    }

    /// How long the answer asks to wait: `Retry-After` (seconds) or `x-sib-ratelimit-reset`; at most an hour.
    pub fn wait_ms(&self) -> Option<u64> {
        let seconds = |name: &str| self.headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let wait = seconds("retry-after").or_else(|| seconds("x-sib-ratelimit-reset"))?;
        Some((wait * 1000).clamp(100, 3_600_000))
    }
}

impl NoAnswer {
    /// For calls that may be repeated.
    pub fn outcome(&self) -> Outcome {
        Outcome::Down(self.to_string())
    }
}
