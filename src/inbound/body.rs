//! A request's bytes -> a typed body. Its size is bounded; what is wrong in it comes back as a problem.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::StatusCode,
};
use serde::de::DeserializeOwned;

use super::problem::Problem;
pub use crate::intake::fields::{Decimal, parse, parse_value};

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = raw(request, state).await?;
        Ok(Self(parse(&bytes)?))
    }
}

/// The body's bytes, within the limit.
pub async fn raw<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection: BytesRejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The body is too large",
            "A body may have 1 MiB. Send fewer events at once.",
        ),
        _ => Problem::new(
            StatusCode::BAD_REQUEST,
            "unreadable",
            "The body could not be read",
            "The body broke off. Send it again.",
        ),
    })
}
