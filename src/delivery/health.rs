//! How each destination is doing: rests after failures, waits that were asked for, credentials that were refused.
//! The console shows it; the loops obey it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use super::{Outcome, cause, schedule};

/// One destination as people see it.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    pub last_success_at: Option<Timestamp>,
    pub last_problem: Option<String>,
    pub last_problem_at: Option<Timestamp>,
    pub failures_in_a_row: u32,
    pub paused_until: Option<Timestamp>,
    /// The credentials were refused: only a person can mend that.
    pub locked: bool,
}

/// What a person should know at a glance. Only the first two are no reason to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The last thing it was asked for, it did.
    Well,
    /// Nothing was sent there since the start.
    Unused,
    /// Not connected.
    Off,
    /// Refused something, has dead letters, or something else stood in for it.
    Troubled,
    /// Out of reach for a while.
    Rests,
    /// Refuses our credentials.
    Locked,
}

impl Condition {
    /// As it is called in `/health` and on pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Unused => "unused",
            Self::Off => "off",
            Self::Troubled => "troubled",
            Self::Rests => "rests",
            Self::Locked => "locked",
        }
    }

    pub fn is_fine(self) -> bool {
        matches!(self, Self::Well | Self::Unused | Self::Off)
    }
}

impl Standing {
    /// The condition of a system that is connected and has so many dead letters.
    pub fn condition(&self, dead: u64, now: Timestamp) -> Condition {
        let problem_is_newer = self.last_problem_at.is_some() && self.last_problem_at >= self.last_success_at;
        match self {
            Self { locked: true, .. } => Condition::Locked,
            _ if self.paused_until.is_some_and(|until| until > now) || self.failures_in_a_row > 0 => Condition::Rests,
            _ if dead > 0 || problem_is_newer => Condition::Troubled,
            Self { last_success_at: None, .. } => Condition::Unused,
            _ => Condition::Well,
        }
    }
}

/// All destinations. Cloning shares it.
#[derive(Clone, Default)]
pub struct Health {
    standings: Arc<Mutex<BTreeMap<String, Standing>>>,
    outcomes: Family<Ended, Counter>,
}

/// How many deliveries ended how.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    destination: &'static str,
    outcome: &'static str,
}

/// How long refused credentials are left alone before they are tried again.
const LOCKED_SECONDS: u64 = 30;

impl Health {
    pub fn all(&self) -> BTreeMap<String, Standing> {
        self.lock().clone()
    }

    /// Adds what is counted here to what is told to a monitoring system.
    pub fn register(&self, all: &mut Registry) {
        all.register("deliveries", "Deliveries by how they ended", self.outcomes.clone());
    }

    pub fn counted(&self, destination: &'static str, outcome: &Outcome) {
        self.outcomes.get_or_create(&Ended { destination, outcome: outcome.name() }).inc();
    }

    /// The instant until which nothing is sent there.
    pub fn paused_until(&self, destination: &str) -> Option<Timestamp> {
        self.lock().get(destination)?.paused_until
    }

    pub fn worked(&self, destination: &str, now: Timestamp) {
        let mut all = self.lock();
        let standing = all.entry(destination.to_owned()).or_default();
        if standing.failures_in_a_row > 0 {
            tracing::info!(destination, failures = standing.failures_in_a_row, "{destination} works again");
        }
        *standing = Standing {
            last_success_at: Some(now),
            last_problem: standing.last_problem.take(),
            last_problem_at: standing.last_problem_at,
            ..Standing::default()
        };
    }

    /// The system as a whole failed: rest, longer each time.
    pub fn failed(&self, destination: &str, now: Timestamp, problem: &str) {
        self.pause(destination, now, problem, None, false);
    }

    /// The system asked to wait this long.
    pub fn asked_to_wait(&self, destination: &str, now: Timestamp, problem: &str, wait: Duration) {
        self.pause(destination, now, problem, Some(wait), false);
    }

    /// The system refused our credentials.
    pub fn locked(&self, destination: &str, now: Timestamp, problem: &str) {
        self.pause(destination, now, problem, Some(Duration::from_secs(LOCKED_SECONDS)), true);
    }

    /// Remembers a problem of one delivery without resting.
    pub fn noted(&self, destination: &str, now: Timestamp, problem: &str) {
        let mut all = self.lock();
        let standing = all.entry(destination.to_owned()).or_default();
        standing.last_problem = Some(problem.to_owned());
        standing.last_problem_at = Some(now);
    }

    /// Everything that was under way when a rest began failed with it: it counts once, and an outage is one line in the log.
    fn pause(&self, destination: &str, now: Timestamp, problem: &str, wait: Option<Duration>, locked: bool) {
        let mut all = self.lock();
        let standing = all.entry(destination.to_owned()).or_default();
        let resting = standing.paused_until.is_some_and(|until| until > now) && standing.locked == locked;
        let news =
            standing.failures_in_a_row == 0 || standing.last_problem.as_deref().map(cause) != Some(cause(problem));
        standing.last_problem = Some(problem.to_owned());
        standing.last_problem_at = Some(now);
        standing.locked = locked;
        standing.failures_in_a_row += u32::from(!resting);
        let pause = wait.unwrap_or_else(|| schedule::rest_after(destination, standing.failures_in_a_row));
        let until = now.checked_add(pause).ok();
        if !resting || wait.is_some() {
            standing.paused_until = standing.paused_until.max(until);
        }
        if news {
            let (cause, wait_ms) = (cause(problem), pause.as_millis());
            if locked {
                tracing::error!(destination, cause, "{destination} refuses our credentials: check the settings");
            }
            tracing::warn!(destination, cause, wait_ms, "{destination} rests until it answers again: {cause}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Standing>> {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
