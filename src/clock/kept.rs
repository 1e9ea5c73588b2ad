//! The last sign of life, kept in the data folder: what time it was, and how long the machine had run. A clock that starts
//! is held against it; a person who confirms a clock writes one.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{Clock, SystemClock, guarded};

/// How often it is written, and how often it is looked whether somebody confirmed.
const WRITE_EVERY_LOOKS: u32 = 60;
const LOOK: Duration = Duration::from_secs(1);
/// What was confirmed is the instant that the clock tells now, too.
const SAME: SignedDuration = SignedDuration::from_mins(10);

/// A moment at which the clock was right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sign {
    pub at: Timestamp,
    /// How long the machine had run.
    pub uptime: Option<Duration>,
    /// Which start of the machine that was.
    pub boot: Option<String>,
    /// A person said so.
    #[serde(default)]
    pub confirmed: bool,
}

/// Names this start of the machine.
pub fn boot() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|text| text.trim().to_owned())
}

impl Sign {
    pub fn now(at: Timestamp, confirmed: bool) -> Self {
        Self { at, uptime: guarded::uptime(), boot: boot(), confirmed }
    }

    /// The instant it must be after the machine has run so long; `None` when it was started anew since.
    pub fn expects(&self, uptime: Option<Duration>) -> Option<Timestamp> {
        if self.boot.is_none() || self.boot != boot() {
            return None;
        }
        let ran = uptime?.checked_sub(self.uptime?)?;
        self.at.checked_add(ran).ok()
    }
}

/// The file of the last sign.
#[derive(Debug, Clone)]
pub struct Kept(PathBuf);

impl Kept {
    pub fn of(data: &Path) -> Self {
        Self(data.join("clock.json"))
    }

    pub fn read(&self) -> Option<Sign> {
        serde_json::from_slice(&fs::read(&self.0).ok()?).ok()
    }

    pub fn write(&self, sign: &Sign) -> io::Result<()> {
        let half = self.0.with_extension("half");
        fs::write(&half, serde_json::to_vec(sign)?)?;
        fs::rename(half, &self.0)
    }

    /// Writes signs of life while the clock can be trusted, and takes over what a person confirmed, until told to stop.
    pub async fn keep(self, clock: Arc<dyn Clock>, stop: CancellationToken) {
        let mut looks = 0;
        while !stop.is_cancelled() {
            let now = clock.now();
            if clock.doubt().is_some() {
                let now = SystemClock.now();
                let said = self.read().filter(|sign| sign.confirmed);
                let expected = said.and_then(|sign| sign.expects(guarded::uptime()));
                if expected.is_some_and(|expected| now.duration_since(expected).abs() < SAME) {
                    clock.confirm();
                    tracing::warn!("the clock was confirmed on this machine: it is {now}");
                }
            } else if looks % WRITE_EVERY_LOOKS == 0 {
                let _ = self.write(&Sign::now(now, false)); // a full disk: the older one says less, not wrong
            }
            looks += 1;
            tokio::select! { () = tokio::time::sleep(LOOK) => {}, () = stop.cancelled() => {} }
        }
        if clock.doubt().is_none() {
            let _ = self.write(&Sign::now(clock.now(), false));
        }
    }
}
