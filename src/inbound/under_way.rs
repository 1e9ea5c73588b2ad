//! Requests under way: for how long, and when to let go of them. Nothing a caller waits for takes longer than a
//! minute; when the service stops, a body that does not come is waited for no longer than a second.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::{FutureExt, StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::problem::Problem;

/// Nothing a caller waits for takes longer.
const LONGEST: Duration = Duration::from_secs(60);
/// How long after the stop sign the rest of a body may come.
const REST_OF_A_BODY: Duration = Duration::from_secs(1);

/// The body did not come before the service stopped.
#[derive(Debug, thiserror::Error)]
#[error("the service is stopping")]
pub struct Stopping;

impl Stopping {
    /// Whether this is why a body could not be read.
    pub fn is_behind(error: &(dyn std::error::Error + 'static)) -> bool {
        error.is::<Self>() || error.source().is_some_and(Self::is_behind)
    }
}

/// The body, that breaks off when the service stops before it is whole.
fn cut(body: Body, stop: CancellationToken) -> Body {
    let stopped = async move {
        stop.cancelled_owned().await;
        tokio::time::sleep(REST_OF_A_BODY).await;
        Some(Err(Stopping.into()))
    };
    let whole = body.into_data_stream().map(|part| Some(part.map_err(axum::BoxError::from)));
    let whole = whole.chain(stream::iter([None])); // then nobody waits for the stop sign
    let parts = stream::select(whole, stopped.into_stream());
    Body::from_stream(parts.take_while(|part| std::future::ready(part.is_some())).filter_map(std::future::ready))
}

/// Answers when nobody else does in time.
pub async fn bounded(State(stop): State<CancellationToken>, request: Request, next: Next) -> Response {
    let has_body = !axum::body::HttpBody::is_end_stream(request.body());
    let request = if has_body { request.map(|body| cut(body, stop)) } else { request };
    match tokio::time::timeout(LONGEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::not_known(format!("It took longer than {} s", LONGEST.as_secs())).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_that_comes_is_whole_and_one_that_does_not_is_let_go_when_the_service_stops() {
        let stop = CancellationToken::new();
        let whole = cut(Body::from("all of it"), stop.clone()).into_data_stream();
        let whole: Vec<u8> = whole.map(|part| part.unwrap().to_vec()).concat().await;
        assert_eq!(whole, b"all of it");
        let half = stream::iter([Ok::<_, Stopping>("half")]).chain(stream::pending());
        let mut parts = cut(Body::from_stream(half), stop.clone()).into_data_stream();
        assert_eq!(parts.next().await.unwrap().unwrap(), b"half"[..]);
        stop.cancel();
        assert!(Stopping::is_behind(&parts.next().await.unwrap().unwrap_err()));
    }
}
