//! The present instant, as a parameter: everything that needs it takes a `Clock`.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

mod guarded;
pub mod kept;

pub use guarded::GuardedClock;

/// Tells the present instant.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;

    /// Why nothing may be written by this clock; `None`: it can be trusted.
    fn doubt(&self) -> Option<String> {
        None
    }

    /// A person says that it is right.
    fn confirm(&self) {}

    /// The newest instant that is recorded: a clock that just started has nothing else to go by.
    fn learn(&self, _newest: Timestamp) {}
}

/// The machine's clock, in microseconds as the store keeps them.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
        let now = Timestamp::now();
        from_micros(to_micros(now) + crate::fault::clock_ahead() * 1_000_000)
    }
}

/// A clock that stands still until it is moved; for tests.
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    pub fn at(text: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(text.parse().unwrap_or(Timestamp::UNIX_EPOCH))))
    }

    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The store's form of an instant.
pub fn to_micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Back from the store's form; what is beyond all instants is the last or the first one.
pub fn from_micros(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros > 0 { Timestamp::MAX } else { Timestamp::MIN })
}
