//! How the writer is: whether its loop turns, how long its commit has been under way, whether it is to come to an end.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// A loop that lives answers at once, or after the round it is in.
const ANSWER: Duration = Duration::from_secs(2);
/// No store that serves needs so long for a commit.
const COMMIT: Duration = Duration::from_secs(10);
/// Questions that may wait.
const PINGS: usize = 32;

/// Why nobody should send events here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwell {
    #[error("the writer does not answer within {} s", ANSWER.as_secs())]
    Silent,
    #[error("a commit has been under way for {0} s: the store does not answer")]
    Committing(u64),
    #[error("the writer has come to its end")]
    Ended,
}

/// The side of those who ask. Cloning shares it.
#[derive(Clone)]
pub struct Pulse {
    pings: mpsc::Sender<oneshot::Sender<()>>,
    committing: Arc<Mutex<Option<Instant>>>,
    end: CancellationToken,
}

/// The side of the loop.
pub struct Heart {
    pings: mpsc::Receiver<oneshot::Sender<()>>,
    committing: Arc<Mutex<Option<Instant>>>,
    end: CancellationToken,
}

/// What the loop was woken for.
pub enum Woken {
    /// Somebody asked whether it answers, and was answered.
    Pinged,
    /// What is queued is the last.
    ToEnd,
}

pub fn pair() -> (Pulse, Heart) {
    let (pinger, pings) = mpsc::channel(PINGS);
    let (committing, end) = (Arc::default(), CancellationToken::new());
    let pulse = Pulse { pings: pinger, committing: Arc::clone(&committing), end: end.clone() };
    (pulse, Heart { pings, committing, end })
}

impl Pulse {
    /// Asks the loop itself.
    pub async fn answers(&self) -> Result<(), Unwell> {
        let since = *self.committing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(age) = since.map(|since| since.elapsed()).filter(|age| *age > COMMIT) {
            return Err(Unwell::Committing(age.as_secs()));
        }
        let (answer, answered) = oneshot::channel();
        match self.pings.try_send(answer) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Err(Unwell::Silent),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(Unwell::Ended),
        }
        match tokio::time::timeout(ANSWER, answered).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Unwell::Ended),
            Err(_) => Err(Unwell::Silent),
        }
    }

    /// From here on nothing more is taken; what is queued is written.
    pub fn end(&self) {
        self.end.cancel();
    }
}

impl Heart {
    /// Answers those who asked while the loop was busy.
    pub fn beat(&mut self) {
        while let Ok(answer) = self.pings.try_recv() {
            let _ = answer.send(()); // it may have stopped waiting
        }
    }

    /// Waits until the loop is wanted for something else than events. `ending`: it knows already that it is to end.
    pub async fn woken(&mut self, ending: bool) -> Woken {
        tokio::select! {
            Some(answer) = self.pings.recv() => {
                let _ = answer.send(());
                Woken::Pinged
            }
            () = self.end.cancelled(), if !ending => Woken::ToEnd,
            else => std::future::pending().await,
        }
    }

    /// Says that a commit is under way, until what is returned is dropped.
    pub fn committing(&self) -> Committing {
        *self.committing.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Committing(Arc::clone(&self.committing))
    }
}

/// A commit under way.
pub struct Committing(Arc<Mutex<Option<Instant>>>);

impl Drop for Committing {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_loop_that_turns_answers_and_one_that_hangs_or_ended_does_not() {
        let (pulse, mut heart) = pair();
        assert_eq!(pulse.answers().await, Err(Unwell::Silent), "nobody turns");
        heart.beat();
        let (answer, _) = tokio::join!(pulse.answers(), heart.woken(false));
        assert_eq!(answer, Ok(()));
        let under_way = heart.committing();
        let long_ago = Instant::now().checked_sub(COMMIT * 2).unwrap();
        *heart.committing.lock().unwrap() = Some(long_ago);
        assert!(matches!(pulse.answers().await, Err(Unwell::Committing(20..))));
        drop(under_way);
        pulse.end();
        assert!(matches!(heart.woken(false).await, Woken::ToEnd));
        drop(heart);
        assert_eq!(pulse.answers().await, Err(Unwell::Ended));
    }
}
