//! The one place that turns what went wrong into RFC 9457 problem+json: what, where, and what to do.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

pub use crate::intake::fields::FieldError;
use crate::{
    intake::fields::{Unread, said},
    loyalty::Refusal,
    store::StoreError,
    writer::NotAccepted,
};

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
    pub fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/errors/{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            available: None,
            retry_after_seconds: None,
        }
    }

    /// The body can be read but says something impossible.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = said(&errors);
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-body", "The body is not valid", detail);
        Self { errors, ..problem }
    }

    pub fn invalid_field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::at(pointer, detail)])
    }

    pub fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", format!("There is no {what}."))
    }

    /// No key, a wrong one, or a wrong signature: no detail, on purpose.
    pub fn unauthorized() -> Self {
        let detail = "Send `Authorization: Bearer <key>`; keys are made by `loyalty keys create`.";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "The key is missing or not valid", detail)
    }

    pub fn forbidden(scope: &str) -> Self {
        let detail =
            format!("The key has no scope `{scope}`. Make one that has: `loyalty keys create NAME --scopes {scope}`.");
        Self::new(StatusCode::FORBIDDEN, "forbidden", "The key may not do this", detail)
    }

    /// More calls than one key, or strangers at one address, may make.
    pub fn too_often(retry_after_seconds: u32) -> Self {
        let detail = format!(
            "Too many calls from here. Wait {retry_after_seconds} s, then go on more slowly. Nothing was stored."
        );
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-often", "Too many calls", detail);
        Self { retry_after_seconds: Some(retry_after_seconds), ..problem }
    }

    /// A key of somebody who is a member gives nothing to that member.
    pub fn own_account() -> Self {
        let detail = "The key belongs to this member. Ask a colleague to do it with another key.";
        Self::new(StatusCode::FORBIDDEN, "own-account", "Nobody gives to their own account", detail)
    }

    /// Whoever asked cannot also agree.
    pub fn second_key() -> Self {
        let detail =
            "Whoever asked cannot agree, with this or another key. Another person does, with a key of another name.";
        Self::new(StatusCode::FORBIDDEN, "second-key", "A second key is needed", detail)
    }

    pub fn unavailable(detail: impl Into<String>) -> Self {
        let detail = format!("{}. Nothing was stored.", detail.into());
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Try again", detail).after(1)
    }

    /// It broke off while it was being written, or took longer than anybody waits.
    pub fn not_known(detail: impl std::fmt::Display) -> Self {
        let detail = format!("{detail}. Send it again under the same id: it counts once.");
        let title = "It is not known whether it was stored";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-known", title, detail).after(1)
    }

    pub fn stopping() -> Self {
        let detail = "The service is stopping. Nothing was stored.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "The service is stopping", detail).after(5)
    }

    /// The clock cannot be trusted.
    pub fn clock(detail: impl std::fmt::Display) -> Self {
        let detail = format!("{detail}. Nothing was stored.");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "clock", "The clock has jumped", detail).after(60)
    }

    /// Something of ours broke.
    pub fn internal(detail: &str) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "An error of ours", detail)
    }

    fn after(self, retry_after_seconds: u32) -> Self {
        Self { retry_after_seconds: Some(retry_after_seconds), ..self }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Unread> for Problem {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Malformed(detail) => {
                Self::new(StatusCode::BAD_REQUEST, "malformed-json", "The body is not JSON", detail)
            }
            Unread::Invalid(errors) => Self::invalid(errors),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        match error {
            StoreError::NotKnown(cause) => Self::not_known(format!("It broke off: {}", cause.reason())),
            error => Self::unavailable(format!("It cannot be served now: {}", error.reason())),
        }
    }
}

impl From<NotAccepted> for Problem {
    fn from(error: NotAccepted) -> Self {
        let detail = error.to_string();
        match error {
            NotAccepted::Refused(refusal) => refusal.into(),
            NotAccepted::Conflict { .. } => Self::new(
                StatusCode::CONFLICT,
                "known-with-other-content",
                "This id is known with other content",
                format!("{detail}. Nothing was changed. A new state needs a new id or a higher revision."),
            ),
            NotAccepted::UnknownMember(_) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "unknown-member",
                "The member is not known",
                format!(
                    "{detail}. Let the member join first (POST /v1/members), or let the programme join unknown members by itself."
                ),
            ),
            NotAccepted::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "There is too much to do",
                "Too much is waiting to be written. Nothing was stored.",
            )
            .after(1),
            NotAccepted::Stopping => Self::stopping(),
            NotAccepted::ClockJumped(doubt) => Self::clock(doubt),
            NotAccepted::NotKnown(_) => Self::not_known(detail),
            NotAccepted::NoProgramme(_) | NotAccepted::Unavailable(_) => Self::unavailable(detail),
            NotAccepted::Broken => Self::internal(
                "This event cannot be decided or written; the log says why. Nothing of it was stored, and all others are served.",
            ),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::NotEnoughPoints { available, .. } => {
                let title = "Not enough points";
                let problem = Self::new(StatusCode::CONFLICT, "not-enough-points", title, format!("{detail}."));
                Self { available: Some(available), ..problem }
            }
            Refusal::OrderOfAnotherMember { .. } => Self::new(
                StatusCode::CONFLICT,
                "order-of-another-member",
                "The order belongs to another member",
                format!("{detail}. Nothing was changed."),
            ),
            Refusal::NoSuch { what, id } => Self::not_found(format!("{what} `{id}`")),
            Refusal::Over { .. } => Self::new(
                StatusCode::CONFLICT,
                "over-already",
                "It is over already",
                format!("{detail}. Nothing was changed."),
            ),
            Refusal::NeedsSecondKey { .. } => {
                Self::new(StatusCode::FORBIDDEN, "second-key", "A second key is needed", format!("{detail}."))
            }
            Refusal::NotAllowed(_) => {
                Self::new(StatusCode::CONFLICT, "not-allowed", "The programme does not allow it", format!("{detail}."))
            }
            Refusal::TooLarge(ref too_large) => Self::invalid_field(too_large.pointer, detail),
            Refusal::MixedRevisions { .. } => Self::invalid_field("/revision", detail),
            Refusal::WrongCurrency { .. } => Self::invalid_field("/currency", detail),
            Refusal::InTheFuture { field } => {
                Self::invalid_field(format!("/{field}"), "lies more than 5 minutes in the future")
            }
        }
    }
}
