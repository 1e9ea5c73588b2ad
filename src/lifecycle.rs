//! The service's tasks: started in one place, stopped together. SIGTERM or Ctrl-C stops accepting, drains, and ends. A task
//! that ends by itself ends the process with an error: started anew it is whole, going on it would be half dead.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// All tasks of the process, and the sign for them to stop. Cloning shares it.
#[derive(Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    pub stop: CancellationToken,
    fallen: Arc<OnceLock<String>>,
    has_fallen: CancellationToken,
}

/// How long tasks may take to come to an end.
const GRACE: Duration = Duration::from_secs(20);

/// SIGXFSZ: a file would grow beyond its limit. By default it kills the process.
const FILE_TOO_LARGE: i32 = 25;

impl Tasks {
    /// Starts a task that goes on until the stop sign.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let this = self.clone();
        self.tracker.spawn(async move {
            let ended = AssertUnwindSafe(task).catch_unwind().await;
            if !this.stop.is_cancelled() {
                let how = if ended.is_err() { "panicked" } else { "ended" };
                let _ = this.fallen.set(format!("the task `{name}` {how} although it should go on")); // the first one counts
                this.has_fallen.cancel();
            }
        });
    }

    /// Starts a task that comes to an end by itself; a panic ends the process all the same.
    pub fn spawn_for_once<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = self.stop.clone();
        self.spawn(name, async move {
            task.await;
            stop.cancelled().await;
        });
    }

    /// Starts work that comes to an end by itself and that nothing else depends on: a panic ends it alone.
    pub fn spawn_aside<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tracker.spawn(async move {
            if AssertUnwindSafe(task).catch_unwind().await.is_err() {
                tracing::error!("`{name}` panicked");
            }
        });
    }

    /// Resolves when a task ended by itself: which one.
    pub async fn fallen(&self) -> String {
        self.has_fallen.cancelled().await;
        self.fallen.get().cloned().unwrap_or_default()
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
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    tracing::info!("asked to stop");
}

/// A file that may not grow is an error of that write, not the end of the process.
pub fn outlive_file_limits() {
    if let Err(error) = signal(SignalKind::from_raw(FILE_TOO_LARGE)) {
        tracing::warn!(%error, "a limit of the size of files would end the process");
    }
}
