//! Makes members findable that came before there was an index of their words: a few at a time, beside callers, and from
//! where it was when the service stopped. Does nothing on a ledger that never was without it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// Members of one commit: few enough to leave the writer to callers.
const AT_ONCE: usize = 200;
/// How long to wait after the store failed.
const AGAIN: Duration = Duration::from_secs(5);

/// Works until all are findable, or until told to stop.
pub async fn fill(store: Store, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match store.fill_search(AT_ONCE).await {
            Ok(true) => tokio::task::yield_now().await,
            Ok(false) => return,
            Err(error) => {
                tracing::error!(%error, "members could not be made findable; it is tried again");
                tokio::select! { () = tokio::time::sleep(AGAIN) => {}, () = stop.cancelled() => {} }
            }
        }
    }
}
