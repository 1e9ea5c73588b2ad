//! Named points at which a test makes the process die, to prove what survives. Off unless `LOYALTY_FAULT` names one.

use std::sync::OnceLock;

static ARMED: OnceLock<Option<String>> = OnceLock::new();

/// All points, in the order a purchase passes them.
pub const POINTS: [&str; 5] = ["before claim", "before commit", "after commit", "after lease", "after send"];

/// Dies here, as by `kill -9`, when `LOYALTY_FAULT` is this point.
pub fn point(name: &str) {
    let armed = ARMED.get_or_init(|| std::env::var("LOYALTY_FAULT").ok());
    if armed.as_deref() == Some(name) {
        std::process::abort();
    }
}
