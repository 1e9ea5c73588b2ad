//! The service's tasks: started in one place, stopped together. SIGTERM or Ctrl-C stops accepting, drains, and ends.

use std::time::Duration;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// All tasks of the process, and the sign for them to stop. Cloning shares it.
#[derive(Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    pub stop: CancellationToken,
}

/// How long tasks may take to come to an end.
const GRACE: Duration = Duration::from_secs(20);

impl Tasks {
    pub fn spawn<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tracker.spawn(task);
    }

    /// Waits for all tasks to end after the stop sign.
    pub async fn ended(&self) {
        self.tracker.close();
        if tokio::time::timeout(GRACE, self.tracker.wait()).await.is_err() {
            tracing::warn!(
                "some tasks did not end in {} s; what they held is delivered after the next start",
                GRACE.as_secs()
            );
        }
    }
}

/// Resolves at SIGTERM or Ctrl-C.
pub async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    tracing::info!("asked to stop");
}
