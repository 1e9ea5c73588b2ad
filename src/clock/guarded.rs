//! A clock that knows when it jumped ahead: held against the machine's running time, which nobody can set, and at a start
//! against the last sign of life. While it is in doubt nothing may be written: what expires by a wrong clock is gone. Until
//! then it tells the time that passed.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};

use super::{Clock, SystemClock, kept::Sign};

/// Farther ahead of the running time is a jump. Time servers correct less, summer time is no matter of instants.
const JUMP: SignedDuration = SignedDuration::from_mins(10);
/// Where the machine was started meanwhile only this is known: it was not before its last sign of life. A stop may last as
/// long; after a longer one a person confirms, once.
const STOP: SignedDuration = SignedDuration::from_hours(24 * 7);
/// A machine that has just started may not have asked its time server yet.
const YOUNG: Duration = Duration::from_secs(15 * 60);
/// How often the small differences that add up are forgotten.
const SETTLED: Duration = Duration::from_secs(3600);

/// How long the machine has run, suspended or not; `None` where it does not say.
pub fn uptime() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_secs_f64)
}

/// The machine's clock, guarded.
pub struct GuardedClock {
    clock: Box<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    /// It was this instant ...
    at: Timestamp,
    /// ... when the process and the machine had run so long.
    since: Instant,
    uptime: Option<Duration>,
    /// Farther ahead than this is a jump.
    most: SignedDuration,
    /// Whether that rests on a sign of life, and not only on what the clock said as it started.
    signed: bool,
    /// How far it is ahead, while that is more.
    ahead: Option<SignedDuration>,
}

impl GuardedClock {
    /// Begins with the last sign of life of an earlier process, if there is one.
    pub fn begun(last: Option<&Sign>) -> Self {
        Self::over(Box::new(SystemClock), last, uptime())
    }

    fn over(clock: Box<dyn Clock>, last: Option<&Sign>, uptime: Option<Duration>) -> Self {
        let (now, since) = (clock.now(), Instant::now());
        let (at, most) = match last {
            Some(sign) => sign.expects(uptime).map_or((sign.at, STOP), |at| (at, JUMP)),
            None => (now, JUMP),
        };
        let state = State { at, since, uptime, most, signed: last.is_some(), ahead: None };
        let this = Self { clock, state: Mutex::new(state) };
        this.now();
        this
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn begin(&mut self, now: Timestamp) {
        *self = Self { at: now, since: Instant::now(), uptime: uptime(), most: JUMP, signed: true, ahead: None };
    }

    /// How far `now` is ahead of what it should be after `ran`.
    fn ahead_after(&self, now: Timestamp, ran: Duration) -> SignedDuration {
        let ran = SignedDuration::try_from(ran).unwrap_or(SignedDuration::MAX);
        now.duration_since(self.at).saturating_sub(ran)
    }

    /// The instant to go by.
    fn look(&mut self, now: Timestamp) -> Timestamp {
        let ran = self.since.elapsed();
        let mut ahead = self.ahead_after(now, ran);
        if ahead > self.most {
            // A machine that was suspended ran on, the process did not.
            let ran = uptime().zip(self.uptime).map(|(now, then)| now.saturating_sub(then));
            ahead = ran.map_or(ahead, |ran| self.ahead_after(now, ran));
        }
        if ahead > self.most {
            if self.ahead.is_none() {
                tracing::error!("the clock jumped {ahead:#} ahead: nothing is written until it is right or confirmed");
            }
            self.ahead = Some(ahead);
            return now.checked_sub(ahead).unwrap_or(now);
        }
        if self.ahead.take().is_some() {
            tracing::warn!("the clock is right again: writing goes on");
        }
        let old = self.uptime.is_none_or(|uptime| uptime + ran > YOUNG);
        let started = self.most == STOP && old && ahead > -JUMP; // one that lags behind will be set right
        if started || ran > SETTLED {
            self.begin(now);
        }
        now
    }
}

impl Clock for GuardedClock {
    fn now(&self) -> Timestamp {
        let now = self.clock.now();
        self.state().look(now)
    }

    fn doubt(&self) -> Option<String> {
        let ahead = self.state().ahead?;
        Some(format!(
            "the clock says {}, which is {ahead:#} ahead of the time that passed: set it right, or confirm it \
             (`loyalty clock confirm`, POST /v1/clock/confirm)",
            self.clock.now().strftime("%FT%TZ")
        ))
    }

    fn confirm(&self) {
        let now = self.clock.now();
        self.state().begin(now);
    }

    fn learn(&self, newest: Timestamp) {
        let now = self.clock.now();
        let mut state = self.state();
        if !state.signed {
            (state.at, state.most, state.signed) = (newest, STOP, true);
        } else if state.most == STOP {
            state.at = state.at.max(newest);
        }
        state.look(now);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::ToSpan;

    use super::*;
    use crate::clock::ManualClock;

    impl Clock for Arc<ManualClock> {
        fn now(&self) -> Timestamp {
            self.as_ref().now()
        }
    }

    const NOON: &str = "2026-11-20T12:00:00Z";
    const OLD: Option<Duration> = Some(Duration::from_secs(90 * 86_400));

    fn clock(last: Option<&Sign>) -> (Arc<ManualClock>, GuardedClock) {
        let machine = ManualClock::at(NOON);
        let guarded = GuardedClock::over(Box::new(Arc::clone(&machine)), last, OLD);
        (machine, guarded)
    }

    fn noon() -> Timestamp {
        NOON.parse().unwrap()
    }

    fn sign(ago: jiff::Span, boot: Option<Duration>) -> Sign {
        Sign { at: noon().checked_sub(ago).unwrap(), uptime: boot, boot: crate::clock::kept::boot(), confirmed: false }
    }

    #[test]
    fn a_jump_ahead_is_doubted_until_it_is_gone_or_confirmed() {
        let (machine, guarded) = clock(None);
        machine.set(noon() + 9.minutes());
        assert_eq!((guarded.now(), guarded.doubt()), (noon() + 9.minutes(), None));
        machine.set(noon() + (400 * 24).hours());
        assert!(guarded.now() < noon() + 1.minutes(), "the time that passed");
        assert!(guarded.doubt().unwrap().contains("ahead"));
        machine.set(noon() + 1.minutes());
        guarded.now();
        assert_eq!(guarded.doubt(), None, "set right");
        machine.set(noon() + 20.minutes());
        guarded.now();
        assert!(guarded.doubt().is_some());
        guarded.confirm();
        guarded.now();
        assert_eq!(guarded.doubt(), None, "confirmed");
    }

    #[test]
    fn a_start_is_held_against_the_last_sign_of_life() {
        let ran = |ago: u64| OLD.and_then(|now| now.checked_sub(Duration::from_secs(ago * 60)));
        let same_machine_run = [(60, 60, false), (60, 49, true), (60, 120, false)];
        for (minutes, ran_for, doubted) in same_machine_run {
            let (_, guarded) = clock(Some(&sign(minutes.minutes(), ran(ran_for))));
            assert_eq!(guarded.doubt().is_some(), doubted, "{minutes} minutes by the clock, {ran_for} by the machine");
        }
        for (days, doubted) in [(6, false), (8, true)] {
            let (_, guarded) = clock(Some(&sign((days * 24).hours(), None)));
            assert_eq!(guarded.doubt().is_some(), doubted, "stopped for {days} days, the machine was started anew");
        }
    }

    #[test]
    fn without_a_sign_of_life_the_newest_recorded_instant_counts() {
        for (days, doubted) in [(0, false), (6, false), (8, true)] {
            let (_, guarded) = clock(None);
            guarded.learn(noon() - (days * 24).hours());
            assert_eq!(guarded.doubt().is_some(), doubted, "nothing was recorded for {days} days");
        }
        let (_, guarded) = clock(Some(&sign((8 * 24).hours(), None)));
        guarded.learn(noon() - 2.hours());
        assert_eq!(guarded.doubt(), None, "others wrote meanwhile");
    }
}
