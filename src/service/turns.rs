//! Reads that are expensive (a statement, a `why`, a list): a few at a time, some wait in line, and whoever comes then is
//! refused with 429. So they never take the memory, the readers of the store or the processors from the orders.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::intake::problem::Problem;

/// Reads at a time.
const AT_A_TIME: usize = 4;
/// Reads that wait for their turn.
const IN_LINE: usize = 256;
/// Longest wait for it.
const PATIENCE: Duration = Duration::from_secs(30);
/// After how long to try again.
const COME_AGAIN_SECONDS: u32 = 2;

/// Who reads, and who waits to. Cloning shares it.
#[derive(Clone)]
pub struct Turns {
    readers: Arc<Semaphore>,
    line: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { readers: Arc::new(Semaphore::new(AT_A_TIME)), line: Arc::new(Semaphore::new(IN_LINE)) }
    }
}

/// A place among the readers, free again when it is dropped.
pub struct Permit(#[expect(dead_code, reason = "held for the place it takes")] OwnedSemaphorePermit);

impl Turns {
    /// Waits for a turn.
    pub async fn one(&self) -> Result<Permit, Problem> {
        let _in_line = self.line.try_acquire().map_err(|_| too_many())?;
        timeout(PATIENCE, self.next()).await.map_err(|_| too_many())?
    }

    /// The same for who had one before: what was begun is not broken off.
    pub async fn next(&self) -> Result<Permit, Problem> {
        Arc::clone(&self.readers).acquire_owned().await.map(Permit).map_err(|_| too_many())
    }
}

fn too_many() -> Problem {
    let detail = "Many read at this moment. Ask again in a moment; orders are taken all the same.";
    let problem = Problem::new(429, "too-many-requests", "Come again in a moment", detail);
    Problem { retry_after_seconds: Some(COME_AGAIN_SECONDS), ..problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_few_read_some_wait_and_the_rest_come_again() {
        let turns = Turns::default();
        let mut reading = Vec::new();
        for _ in 0..AT_A_TIME {
            reading.push(turns.one().await.unwrap());
        }
        let mut waiting: Vec<_> = (0..IN_LINE).map(|_| Box::pin(turns.one())).collect();
        for one in &mut waiting {
            assert!(futures_util::poll!(one.as_mut()).is_pending());
        }
        let refused = turns.one().await.map(drop).unwrap_err();
        assert_eq!((refused.status, refused.retry_after_seconds), (429, Some(COME_AGAIN_SECONDS)));
        reading.pop();
        assert!(waiting.remove(0).await.is_ok(), "who waited longest is next");
    }
}
