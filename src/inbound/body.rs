//! A request's bytes -> a typed body. Its size is bounded; what is wrong in it comes back as a problem.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::StatusCode,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{address, problem::Problem, under_way::Stopping};
pub use crate::intake::fields::{Decimal, parse, parse_items, parse_outer, parse_value};

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = raw(request, state).await?;
        Ok(Self(parse(&bytes)?))
    }
}

/// A JSON array: what is in it is to be read by `parse_value`, so that one item that is wrong is refused by itself.
pub struct Items(pub Vec<Value>);

impl<S: Send + Sync> FromRequest<S> for Items {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = raw(request, state).await?;
        Ok(Self(parse_items(&bytes)?))
    }
}

/// A form of a page.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = raw(Request::from_parts(parts.clone(), body), state).await?;
        let unreadable =
            |detail: String| Problem::new(StatusCode::BAD_REQUEST, "unreadable", "The form is not valid", detail);
        let form = String::from_utf8(bytes.to_vec()).map_err(|_| unreadable("It is not UTF-8.".to_owned()))?;
        let form = address::cleaned_query(&form).map_err(|unfit| unreadable(format!("It {unfit}.")))?.into_owned();
        #[expect(clippy::disallowed_types, reason = "the one place that reads forms")]
        let form = axum::Form::<T>::from_request(Request::from_parts(parts, form.into()), state).await;
        form.map(|form| Self(form.0)).map_err(|rejection| unreadable(format!("{}.", rejection.body_text())))
    }
}

/// The body's bytes, within the limit.
pub async fn raw<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection: BytesRejection| match rejection.status() {
        _ if Stopping::is_behind(&rejection) => Problem::stopping(),
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
