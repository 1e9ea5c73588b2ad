//! Around every request: how long it may take, what is said when it panics, how it is counted, and what its answer says of
//! itself. One layer for all of it: each costs every request.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use tokio::time::timeout;

use crate::{intake::problem::Problem, telemetry::requests::Requests};

/// Nothing a caller waits for takes longer.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// Answers when the call does not within a minute, counts the request by its route, and sets the headers that every answer has:
/// it may hold facts about members, so no proxy stores it and no browser guesses its type.
pub async fn around(State(requests): State<Requests>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (method, start) = (request.method().clone(), Instant::now());
    let mut response = match timeout(ANSWER_WITHIN, AssertUnwindSafe(next.run(request)).catch_unwind()).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => panicked().into_response(),
        Err(_) => Problem::not_known(format!("It took longer than {} s", ANSWER_WITHIN.as_secs())).into_response(),
    };
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    requests.answered(method.as_str(), route, response.status().as_u16(), start.elapsed());
    response
}

fn panicked() -> Problem {
    tracing::error!("a request panicked");
    Problem::internal(
        "Something unexpected happened; the log says what. Send it again under the same id: it counts once.",
    )
}
