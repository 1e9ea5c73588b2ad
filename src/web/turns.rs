//! What is expensive to read waits for its turn.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::service::App;

/// Lets a read have a turn until its answer is made.
pub async fn by_turns(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match app.turns.one().await {
        Ok(_permit) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}
