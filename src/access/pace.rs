//! How often somebody may call: each key for itself, and strangers by the address that they come from. A stranger is whoever
//! shows no key that is known already, so a guesser never stops the keys in use. Memory is bounded.

use std::{hash::Hash, net::IpAddr, num::NonZeroU32};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};

use super::NotLetIn;

/// What is allowed.
#[derive(Debug, Clone, Copy)]
pub struct Calls {
    /// Calls of one key in a second; twice as many at once.
    pub per_key: u32,
    /// Calls without a known key from one address in a second; ten times as many at once.
    pub strangers: u32,
    /// Tries to log in from one address in a minute.
    pub logins_a_minute: u32,
}

/// Everybody's pace.
pub struct Pace {
    keys: DefaultKeyedRateLimiter<String>,
    strangers: DefaultKeyedRateLimiter<IpAddr>,
    logins: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

/// Addresses that are remembered before those that have been quiet are forgotten.
const ADDRESSES: usize = 10_000;

impl Pace {
    pub fn new(calls: Calls) -> Self {
        let at_least_one = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let per_second = |number: u32, burst: u32| {
            Quota::per_second(at_least_one(number)).allow_burst(at_least_one(number.saturating_mul(burst)))
        };
        Self {
            keys: RateLimiter::keyed(per_second(calls.per_key, 2)),
            strangers: RateLimiter::keyed(per_second(calls.strangers, 10)),
            logins: RateLimiter::keyed(Quota::per_minute(at_least_one(calls.logins_a_minute))),
            clock: DefaultClock::default(),
        }
    }

    pub fn key(&self, id: &String) -> Result<(), NotLetIn> {
        self.take(&self.keys, id)
    }

    pub fn stranger(&self, from: IpAddr) -> Result<(), NotLetIn> {
        self.take(&self.strangers, &neighbourhood(from))
    }

    pub fn login(&self, from: IpAddr) -> Result<(), NotLetIn> {
        self.take(&self.logins, &neighbourhood(from))
    }

    fn take<K: Hash + Eq + Clone>(&self, limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), NotLetIn> {
        if limiter.len() > ADDRESSES {
            limiter.retain_recent();
        }
        limiter.check_key(key).map_err(|refused| {
            let wait = refused.wait_time_from(self.clock.now()).as_secs();
            NotLetIn::TooOften { retry_after_seconds: u32::try_from(wait).unwrap_or(u32::MAX).saturating_add(1) }
        })
    }
}

/// Whoever has an IPv6 address has 2^64 of them: they are one.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_and_each_key_has_a_pace_of_its_own() {
        let pace = Pace::new(Calls { per_key: 1, strangers: 1, logins_a_minute: 10 });
        let (here, there) = ("203.0.113.7".parse().unwrap(), "203.0.113.8".parse().unwrap());
        for _ in 0..10 {
            assert!(pace.login(here).is_ok() && pace.stranger(here).is_ok());
        }
        let refused = pace.login(here);
        assert!(matches!(refused, Err(NotLetIn::TooOften { retry_after_seconds: 1..=6 })), "{refused:?}");
        assert!(pace.stranger(here).is_err() && pace.stranger(there).is_ok() && pace.login(there).is_ok());
        let (a, b) = ("a".to_owned(), "b".to_owned());
        assert!(pace.key(&a).is_ok() && pace.key(&a).is_ok() && pace.key(&a).is_err() && pace.key(&b).is_ok());
    }

    #[test]
    fn whoever_has_many_addresses_of_one_network_is_one() {
        let pace = Pace::new(Calls { per_key: 1, strangers: 1, logins_a_minute: 1 });
        let of = |last: u32| format!("2001:db8:1:2::{last:x}").parse().unwrap();
        let taken = (0..100).filter(|last| pace.stranger(of(*last)).is_ok()).count();
        assert_eq!(taken, 10);
        assert!(pace.stranger("2001:db8:1:3::1".parse().unwrap()).is_ok());
        let mapped: IpAddr = "::ffff:203.0.113.7".parse().unwrap();
        assert_eq!(neighbourhood(mapped), "203.0.113.7".parse::<IpAddr>().unwrap());
    }
}
