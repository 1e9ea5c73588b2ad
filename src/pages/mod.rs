//! What people look at: the console, the preview mailbox, the pages of errors.

use std::sync::Arc;

use axum::Router;

use crate::app::App;

/// All pages.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
}
