//! A person says that a clock that seems to have jumped is right.

use jiff::Timestamp;
use serde::Serialize;

use super::App;
use crate::access::Caller;

/// What the clock says, and what was doubtful about it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Confirmed {
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
    /// Why nothing was written until now; nothing when nothing was wrong.
    pub doubt: Option<String>,
}

/// Confirms it. Who did stands in the log.
pub fn confirm(app: &App, caller: &Caller) -> Confirmed {
    let doubt = app.clock.doubt();
    app.clock.confirm();
    let now = app.clock.now();
    tracing::warn!(key = caller.key_id, "the clock was confirmed: it is {now}");
    Confirmed { now, doubt }
}
