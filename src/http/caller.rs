//! The caller of a request, as the door let it in.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{access::Caller, intake::problem::Problem, service::App};

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &Arc<App>) -> Result<Self, Problem> {
        parts.extensions.remove::<Self>().ok_or_else(Problem::unauthorized)
    }
}
