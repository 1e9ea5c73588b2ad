//! What went wrong, as a value: what, where, and what to do. A caller gets it as problem+json, a file's row as a line, a page
//! as a sentence; it is written once.

use serde::Serialize;

use super::fields::{FieldError, Unread, summary};

/// The answer to a request that failed. `type` is a page of this server (and of docs/errors/).
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// What the member could spend, where that is the problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
    #[serde(skip)]
    #[schema(ignore)]
    pub retry_after_seconds: Option<u32>,
}

impl Problem {
    pub fn new(status: u16, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/errors/{kind}"),
            title: title.to_owned(),
            status,
            detail: detail.into(),
            errors: Vec::new(),
            available: None,
            retry_after_seconds: None,
        }
    }

    /// The body can be read but says something impossible.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = summary(&errors);
        let problem = Self::new(422, "invalid-body", "The body is not valid", detail);
        Self { errors, ..problem }
    }

    pub fn invalid_field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::at(pointer, detail)])
    }

    /// Whether it says that what was sent can be read but not be taken, however often it comes.
    pub fn is_about_the_content(&self) -> bool {
        self.status == 422
    }

    pub fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(404, "not-found", "There is no such thing", format!("There is no {what}."))
    }

    /// No key, a wrong one, or a wrong signature: no detail, on purpose.
    pub fn unauthorized() -> Self {
        let detail = "Send `Authorization: Bearer <key>`; keys are made by `loyalty keys create`.";
        Self::new(401, "unauthorized", "The key is missing or not valid", detail)
    }

    pub fn forbidden(scope: &str) -> Self {
        let detail =
            format!("The key has no scope `{scope}`. Make one that has: `loyalty keys create NAME --scopes {scope}`.");
        Self::new(403, "forbidden", "The key may not do this", detail)
    }

    /// More calls than one key, or strangers at one address, may make.
    pub fn too_often(retry_after_seconds: u32) -> Self {
        let detail = format!(
            "Too many calls from here. Wait {retry_after_seconds} s, then go on more slowly. Nothing was stored."
        );
        let problem = Self::new(429, "too-often", "Too many calls", detail);
        Self { retry_after_seconds: Some(retry_after_seconds), ..problem }
    }

    /// A key of somebody who is a member gives nothing to that member.
    pub fn own_account() -> Self {
        let detail = "The key belongs to this member. Ask a colleague to do it with another key.";
        Self::new(403, "own-account", "Nobody gives to their own account", detail)
    }

    /// Whoever asked cannot also agree.
    pub fn second_key() -> Self {
        let detail =
            "Whoever asked cannot agree, with this or another key. Another person does, with a key of another name.";
        Self::new(403, "second-key", "A second key is needed", detail)
    }

    pub fn unavailable(detail: impl Into<String>) -> Self {
        let detail = format!("{}. Nothing was stored.", detail.into());
        Self::new(503, "unavailable", "Try again", detail).after(1)
    }

    /// It broke off while it was being written, or took longer than anybody waits.
    pub fn not_known(detail: impl std::fmt::Display) -> Self {
        let detail = format!("{detail}. Send it again under the same id: it counts once.");
        let title = "It is not known whether it was stored";
        Self::new(503, "not-known", title, detail).after(1)
    }

    pub fn stopping() -> Self {
        let detail = "The service is stopping. Nothing was stored.";
        Self::new(503, "stopping", "The service is stopping", detail).after(5)
    }

    /// The clock cannot be trusted.
    pub fn clock(detail: impl std::fmt::Display) -> Self {
        let detail = format!("{detail}. Nothing was stored.");
        Self::new(503, "clock", "The clock has jumped", detail).after(60)
    }

    /// Something of ours broke.
    pub fn internal(detail: &str) -> Self {
        Self::new(500, "internal", "An error of ours", detail)
    }

    /// When to come again.
    #[must_use]
    pub fn after(self, retry_after_seconds: u32) -> Self {
        Self { retry_after_seconds: Some(retry_after_seconds), ..self }
    }
}

impl From<Unread> for Problem {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Malformed(detail) => Self::new(400, "malformed-json", "The body is not JSON", detail),
            Unread::Invalid(errors) => Self::invalid(errors),
        }
    }
}
