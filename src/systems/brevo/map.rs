//! A mail -> `POST /smtp/email`, and what its answers mean. Pure.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{messages::Envelope, words::mail::Mail};

/// The body of `POST /smtp/email` of a sender `(address, name)`. The idempotency key is a field of the body's `headers`, not
/// an HTTP header.
pub fn request(sender: (&str, &str), envelope: &Envelope<'_>, mail: &Mail) -> Value {
    let (email, name) = sender;
    json!({
        "sender": { "email": email, "name": shortened(name) },
        "to": [{ "email": envelope.to }],
        "subject": mail.subject,
        "htmlContent": mail.html,
        "textContent": mail.text,
        "tags": ["loyalty", envelope.text_id],
        "headers": { "idempotencyKey": envelope.id },
    })
}

/// Brevo takes at most 70 characters.
fn shortened(name: &str) -> String {
    name.chars().take(70).collect()
}

/// What a failed answer says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
pub struct Fault {
    #[serde(default)]
    pub code: String,
    #[serde(default)]
    pub message: String,
}

impl Fault {
    pub fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// The key is known: this mail was accepted before.
    pub fn is_repetition(&self) -> bool {
        matches!(self.code.as_str(), "duplicate_parameter" | "duplicate_request")
    }

    /// The account is not ready to send (sender not verified, account under validation): no mail would pass.
    pub fn is_about_the_account(&self) -> bool {
        matches!(self.code.as_str(), "account_under_validation" | "account_in_process" | "not_enough_credits")
            || self.message.to_lowercase().contains("sender")
    }
}
