//! Segments in time: whose profile changed in Unomi is asked about at once, not with the member's next event in the ledger.
//! It looks for changed profiles again and again, and sooner when a rule in Unomi says that one changed.
//! Guarantees: a hint only makes it look; the ledger's segments are always those of the profile itself, read afresh.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    Client,
    client::{AdminError, Changed},
    segments,
};
use crate::{
    clock::Clock,
    delivery::{Health, hints::Hints},
    store::Store,
    writer::{Writer, programmes::LiveProgrammes},
};

const NAME: &str = "unomi";
/// A rule calls before Unomi has saved the profile, so it is read a moment later, and once more.
const SETTLING: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(1_200)];
/// Unomi's index is up to a second behind: what changed just before the newest change seen may not have been in it.
const BEHIND: SignedDuration = SignedDuration::from_secs(3);
/// What changed so long before the start is looked at, too.
const BEFORE: SignedDuration = SignedDuration::from_hours(1);
const POLL_MIN: Duration = Duration::from_millis(100);
/// Longest rest after failures.
const REST: Duration = Duration::from_secs(30);

/// What it works with.
pub struct Around {
    pub store: Store,
    pub writer: Writer,
    pub programmes: LiveProgrammes,
    pub clock: Arc<dyn Clock>,
    pub health: Health,
    pub hints: Hints,
}

/// The watch over the profiles of all brands.
pub struct Watch {
    client: Client,
    around: Around,
    poll: Duration,
    /// Changes up to here have been seen.
    seen_until: Timestamp,
    /// What the last look showed and the ledger agreed with, so that the same is not compared again.
    last: BTreeMap<String, Changed>,
}

impl Watch {
    pub fn new(client: Client, poll: Duration, around: Around) -> Self {
        let seen_until = around.clock.now().saturating_sub(BEFORE).unwrap_or_default();
        let poll = poll.max(POLL_MIN);
        Self { client, around, poll, seen_until, last: BTreeMap::new() }
    }

    /// Looks until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut failures = 0_u32;
        while !stop.is_cancelled() {
            let looked = tokio::select! { looked = self.look() => looked, () = stop.cancelled() => return };
            match looked {
                Ok(()) => {
                    if failures > 0 {
                        self.around.health.worked(NAME, self.around.clock.now());
                    }
                    failures = 0;
                }
                Err(error) => {
                    failures += 1;
                    self.around.health.noted(NAME, self.around.clock.now(), &format!("segments: {error}"));
                    if failures == 1 {
                        tracing::warn!("segments are not kept fresh until Unomi can be asked again: {error}");
                    }
                }
            }
            let rest = if failures == 0 { self.poll } else { (self.poll * failures).min(REST) };
            let hints = self.around.hints.clone();
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = hints.rung() => self.answer_hints(&stop).await,
                () = stop.cancelled() => return,
            }
        }
    }

    /// Looks once at what changed since the last look.
    pub async fn look(&mut self) -> Result<(), AdminError> {
        let since = self.seen_until.saturating_sub(BEHIND).unwrap_or_default();
        let (mut seen, mut offset) = (BTreeMap::new(), 0);
        loop {
            let page = self.client.changed_profiles(since, offset).await?;
            offset += page.profiles.len();
            for changed in page.profiles {
                self.seen_until = self.seen_until.max(changed.at);
                if self.last.get(&changed.id) == Some(&changed) || self.agrees(&changed).await? {
                    seen.insert(changed.id.clone(), changed);
                }
            }
            if page.is_last {
                self.last = seen;
                return Ok(());
            }
        }
    }

    /// Whether the ledger has the same. Where not, the index may be the older one: it only tells whom to ask about.
    async fn agrees(&self, changed: &Changed) -> Result<bool, AdminError> {
        let mut agrees = true;
        for brand in self.around.programmes.all().into_keys() {
            let Ok(Some(known)) = self.around.store.member(&brand, &changed.id).await else { continue };
            if known.member.segments != changed.segments {
                agrees = false;
                self.refresh(&changed.id).await?;
            }
        }
        Ok(agrees)
    }

    async fn answer_hints(&self, stop: &CancellationToken) {
        let hinted = self.around.hints.take();
        let mut waited = Duration::ZERO;
        for wait in SETTLING {
            tokio::select! { () = tokio::time::sleep(wait.saturating_sub(waited)) => {}, () = stop.cancelled() => return }
            waited = wait;
            for profile in hinted.iter().filter(|profile| super::fits_id(profile)) {
                if let Err(error) = self.refresh(profile).await {
                    return tracing::debug!("a hint about {profile} is left to the next look: {error}");
                }
            }
        }
    }

    /// Reads the profile itself and tells the ledger when its segments are others.
    async fn refresh(&self, id: &str) -> Result<(), AdminError> {
        for brand in self.around.programmes.all().into_keys() {
            let Ok(Some(known)) = self.around.store.member(&brand, id).await else { continue };
            let Some(profile) = self.client.profile(id).await? else { continue };
            let written = segments::tell(&self.around.writer, &brand, &known.member, of_profile(&profile)).await;
            if let Err(outcome) = written {
                tracing::debug!("{}", outcome.problem());
            }
        }
        Ok(())
    }
}

/// The segments in a profile as Unomi shows it.
pub(super) fn of_profile(profile: &Value) -> BTreeSet<String> {
    let named = profile["segments"].as_array().into_iter().flatten();
    segments::readable(named.filter_map(Value::as_str).map(str::to_owned))
}
