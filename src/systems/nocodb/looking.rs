//! Looking at tables in NocoDB again and again: how often, how long it rests while that fails, and saying so once.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{Failure, NAME};
use crate::{
    clock::Clock,
    delivery::{Health, schedule},
};

/// What is looked at.
pub(super) trait Looking {
    /// As a problem names it.
    const WHAT: &str;
    /// What holds while it cannot be looked at.
    const MEANWHILE: &str;

    /// Reads once and does what follows from it.
    fn look(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;
}

#[derive(Clone)]
pub(super) struct Pace {
    pub clock: Arc<dyn Clock>,
    pub health: Health,
    /// Between two looks.
    pub poll: Duration,
}

/// Looks until told to stop; rests longer while it fails.
pub(super) async fn watch<L: Looking + Send>(looking: &mut L, pace: &Pace, stop: CancellationToken) {
    let Pace { clock, health, poll } = pace;
    let (mut failures, mut said) = (0, None);
    while !stop.is_cancelled() {
        if clock.doubt().is_some() {
            // What follows from a look happens at an instant.
            tokio::select! { () = tokio::time::sleep(*poll) => {}, () = stop.cancelled() => {} }
            continue;
        }
        let looked = tokio::select! { looked = looking.look() => looked, () = stop.cancelled() => return };
        match looked {
            Ok(()) => {
                if failures > 0 {
                    tracing::info!("{}: can be read in NocoDB again", L::WHAT);
                    health.worked(NAME, clock.now());
                }
                (failures, said) = (0, None);
            }
            Err(error) => {
                failures += 1;
                let problem = format!("{}: {error}", L::WHAT);
                health.noted(NAME, clock.now(), &problem);
                if said.as_ref() != Some(&problem) {
                    tracing::warn!("{problem}; {}", L::MEANWHILE);
                    said = Some(problem);
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(wait_after(L::WHAT, failures, *poll)) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// The wait before the next look, after so many failures in a row. Nothing from outside shortens it.
fn wait_after(what: &str, failures: u32, poll: Duration) -> Duration {
    match failures {
        0 => poll,
        failures => schedule::rest_after(what, failures).max(poll),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_never_comes_sooner_than_poll_ms_after_the_last_one_and_rests_grow_to_half_a_minute() {
        for poll in [200, 1_000, 20_000, 60_000].map(Duration::from_millis) {
            let waits: Vec<Duration> = (0..20).map(|failures| wait_after("tables", failures, poll)).collect();
            assert_eq!(waits[0], poll);
            assert!(waits.iter().all(|wait| *wait >= poll && *wait <= poll.max(Duration::from_secs(30))), "{waits:?}");
            assert!(waits[19] >= Duration::from_secs(15), "{waits:?}");
        }
    }
}
