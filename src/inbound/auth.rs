//! The caller of a request, as the door let it in; and that nobody gives to their own account.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};

use super::problem::Problem;
pub use crate::access::Caller;
use crate::app::App;

impl Caller {
    /// A key of somebody who is a member too has a scope `staff:REF`: it gives nothing to that member.
    pub async fn forbid_own(&self, app: &App, member: &str) -> Result<(), Problem> {
        for reference in self.own_accounts() {
            let own = super::who::find(app, &self.brand, reference).await;
            if own.is_ok_and(|own| own.member.id == member) {
                return Err(Problem::own_account());
            }
        }
        Ok(())
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &Arc<App>) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unauthorized)
    }
}
