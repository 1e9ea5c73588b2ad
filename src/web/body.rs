//! A request's bytes -> a typed body. Its size is bounded; what is wrong in it comes back as a problem.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::StatusCode,
};
use futures_util::FutureExt;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::address;
use crate::{
    intake::{
        fields::{parse, parse_items},
        problem::Problem,
    },
    service::App,
};

/// How long after the stop sign the rest of a body may come.
const REST_OF_A_BODY: Duration = Duration::from_secs(1);

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let bytes = raw(request, app).await?;
        Ok(Self(parse(&bytes)?))
    }
}

/// A JSON array: what is in it is to be read by `parse_value`, so that one item that is wrong is refused by itself.
pub struct Items(pub Vec<Value>);

impl FromRequest<Arc<App>> for Items {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let bytes = raw(request, app).await?;
        Ok(Self(parse_items(&bytes)?))
    }
}

/// A form of a page.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = raw(Request::from_parts(parts.clone(), body), app).await?;
        let unreadable = |detail: String| Problem::new(400, "unreadable", "The form is not valid", detail);
        let form = String::from_utf8(bytes.to_vec()).map_err(|_| unreadable("It is not UTF-8.".to_owned()))?;
        let form = address::cleaned_query(&form).map_err(|unfit| unreadable(format!("It {unfit}.")))?.into_owned();
        #[expect(clippy::disallowed_types, reason = "the one place that reads forms")]
        let form = axum::Form::<T>::from_request(Request::from_parts(parts, form.into()), app).await;
        form.map(|form| Self(form.0)).map_err(|rejection| unreadable(format!("{}.", rejection.body_text())))
    }
}

/// The body's bytes, within the limit. When the service stops, the rest of one that does not come is waited for a second.
pub async fn raw(request: Request, app: &Arc<App>) -> Result<Bytes, Problem> {
    let stopped = app.tasks.stop.cancelled().then(|()| tokio::time::sleep(REST_OF_A_BODY));
    read(Bytes::from_request(request, app), stopped).await
}

async fn read(
    body: impl Future<Output = Result<Bytes, BytesRejection>>,
    stopped: impl Future<Output = ()>,
) -> Result<Bytes, Problem> {
    let read = tokio::select! {
        biased; // a body that is there asks for no sign
        read = body => read,
        () = stopped => return Err(Problem::stopping()),
    };
    read.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(413, "too-large", "The body is too large", "A body may have 1 MiB. Send fewer events at once.")
        }
        _ => Problem::new(400, "unreadable", "The body could not be read", "The body broke off. Send it again."),
    })
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn a_body_that_comes_is_whole_and_one_that_does_not_is_let_go_when_the_service_stops() {
        let whole = || ready(Ok(Bytes::from("all of it")));
        assert_eq!(read(whole(), pending()).await.unwrap(), "all of it");
        assert_eq!(read(whole(), ready(())).await.unwrap(), "all of it", "what is there is read also then");
        assert_eq!(read(pending(), ready(())).await.unwrap_err().kind, "/errors/stopping");
    }
}
