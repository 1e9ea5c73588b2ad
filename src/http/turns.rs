//! Pages wait for their turn where what they show is dear to read.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::service::App;

/// Lets what is read by turns have one until its answer is made.
pub async fn by_turns(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    match app.turns.for_call(request.method().as_str(), path).await {
        Ok(_permit) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}
