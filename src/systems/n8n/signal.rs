//! A signal as it goes over the wire: `{"type", "timestamp", "data"}` and the three headers of Standard Webhooks. Pure.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::signature::{Secret, sign};

/// A signal ready to be sent.
pub struct Signed {
    pub headers: [(&'static str, String); 3],
    pub body: String,
}

/// Signs a signal for an attempt made at `now`. `timestamp` in the body is when it happened: the same on every attempt.
pub fn signed(secret: &Secret, id: &str, name: &str, data: &Value, now: Timestamp) -> Signed {
    let body = json!({ "type": name, "timestamp": data["occurred_at"], "data": data }).to_string();
    let signature = sign(secret, id, now, body.as_bytes());
    let headers = [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", now.as_second().to_string()),
        ("webhook-signature", signature),
    ];
    Signed { headers, body }
}
