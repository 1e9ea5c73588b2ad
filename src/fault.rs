//! Named points at which a test makes the process die, panic, see another time, or be an older one, to prove what survives. Off
//! unless `LOYALTY_FAULT`, `LOYALTY_FAULT_PANIC`, `LOYALTY_FAULT_CLOCK` or `LOYALTY_FAULT_OLDER` is set.

use std::sync::OnceLock;

static ARMED: OnceLock<Option<String>> = OnceLock::new();
static PANIC: OnceLock<Option<String>> = OnceLock::new();
static CLOCK: OnceLock<Option<String>> = OnceLock::new();
static OLDER: OnceLock<Option<String>> = OnceLock::new();

/// All points, in the order a purchase passes them.
pub const POINTS: [&str; 5] = ["before claim", "before commit", "after commit", "after lease", "after send"];

fn set<'a>(cell: &'a OnceLock<Option<String>>, name: &str) -> Option<&'a str> {
    cell.get_or_init(|| std::env::var(name).ok()).as_deref()
}

/// Dies here, as by `kill -9`, when `LOYALTY_FAULT` is this point.
pub fn point(name: &str) {
    if set(&ARMED, "LOYALTY_FAULT") == Some(name) {
        std::process::abort();
    }
}

/// Panics here when `LOYALTY_FAULT_PANIC` is `PLACE ID`.
pub fn panic_over(place: &str, id: &str) {
    if let Some(armed) = set(&PANIC, "LOYALTY_FAULT_PANIC") {
        assert!(armed.split_once(' ') != Some((place, id)), "a test wants it");
    }
}

/// Seconds that the machine's clock is taken to be ahead: what stands in the file that `LOYALTY_FAULT_CLOCK` names.
pub fn clock_ahead() -> i64 {
    let file = set(&CLOCK, "LOYALTY_FAULT_CLOCK").and_then(|file| std::fs::read_to_string(file).ok());
    file.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// Whether this column came after the release that the process is taken for: `LOYALTY_FAULT_OLDER` names it.
pub fn is_from_later(column: &str) -> bool {
    set(&OLDER, "LOYALTY_FAULT_OLDER") == Some(column)
}
