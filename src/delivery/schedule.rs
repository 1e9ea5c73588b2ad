//! When to try again: a schedule as data, with jitter that is derived from what is retried, not drawn.

use std::time::Duration;

use crate::values::id::derived_uuid;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
/// Seconds before the second, third ... try of one delivery.
const TRIES: [u64; 8] = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR, 24 * HOUR];
/// Seconds a destination rests after its first, second ... failure in a row.
const RESTS: [u64; 6] = [1, 2, 4, 8, 15, 30];

/// The wait before the try after `attempt` (1, 2 ...), between half of the scheduled time and all of it, at least
/// `at_least_ms`; `None` when the schedule is exhausted.
pub fn retry_after(id: &str, attempt: u32, at_least_ms: u64) -> Option<Duration> {
    let seconds = TRIES.get(attempt.saturating_sub(1) as usize)?;
    let ms = jitter(seconds * 1000, &format!("{id}/{attempt}"));
    Some(Duration::from_millis(ms.max(at_least_ms)))
}

/// How long a destination rests after so many failures in a row.
pub fn rest_after(destination: &str, failures: u32) -> Duration {
    let seconds = RESTS[(failures.saturating_sub(1) as usize).min(RESTS.len() - 1)];
    Duration::from_millis(jitter(seconds * 1000, &format!("{destination}/{failures}")))
}

fn jitter(ms: u64, key: &str) -> u64 {
    let (high, _) = derived_uuid(&["jitter", key]).as_u64_pair();
    ms / 2 + high % (ms / 2 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_follow_the_schedule_and_the_asked_minimum() {
        for (attempt, seconds) in TRIES.iter().enumerate() {
            let wait = retry_after("x", u32::try_from(attempt).unwrap() + 1, 0).unwrap();
            assert!(wait.as_millis() >= u128::from(seconds * 500) && wait.as_millis() <= u128::from(seconds * 1000));
        }
        assert_eq!(retry_after("x", 9, 0), None);
        assert!(retry_after("x", 1, 60_000).unwrap().as_secs() >= 60);
        assert!(rest_after("nocodb", 100).as_secs() <= 30);
    }
}
