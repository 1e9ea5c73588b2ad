//! After the table of segments changed, or what those who spent most had spent, every member is looked at: an event is recorded for
//! those whom it concerns. Resumable: how far it is stands in the store, and a member looked at twice for one reason is one event. Slow
//! enough to leave the writer to callers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::pace::{PAUSE, next_members};
use crate::{
    clock::Clock,
    intake::{Incoming, Who},
    loyalty::{
        Fact, Member, Programmes,
        mechanics::segments::{SegmentsLooked, TopSpend, placed},
    },
    store::{Store, StoreError, find::Loaded},
    values::id::derived_uuid,
    writer::{Writer, programmes::LiveProgrammes},
};

/// How often versions are looked at.
const LOOK: Duration = Duration::from_secs(2);

pub struct Sweep {
    pub store: Store,
    pub writer: Writer,
    pub clock: Arc<dyn Clock>,
    pub programmes: LiveProgrammes,
    /// By brand, what all members were looked at for.
    pub done: BTreeMap<String, String>,
}

/// How far the look at one brand's members is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Progress {
    /// Why they are looked at.
    reason: String,
    /// The last member looked at; none once all were.
    after: Option<String>,
}

impl Progress {
    fn read(text: &str) -> Self {
        let (reason, after) = text.split_once(' ').map_or((text, None), |(reason, after)| (reason, Some(after)));
        Self { reason: reason.to_owned(), after: after.map(str::to_owned) }
    }

    fn text(&self) -> String {
        self.after.as_ref().map_or_else(|| self.reason.clone(), |after| format!("{} {after}", self.reason))
    }
}

/// The version since which segments are the same; and since when it is known what those who spent most had spent, where rows ask.
fn reason(programmes: &Programmes, now: Timestamp) -> String {
    let version = programmes.same_segments_since();
    let asks = programmes.live().programme.mechanics.segments.shares_of_top_spend().next().is_some();
    let top = programmes.top_spend(now).filter(|_| asks);
    top.map_or_else(|| version.to_string(), |top| format!("{version}@{}", top.at))
}

impl Sweep {
    /// Looks until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.look().await {
                Ok(true) => PAUSE,
                Ok(false) => LOOK,
                Err(error) => {
                    tracing::error!(%error, "members could not be looked at for segments; it is tried again");
                    LOOK
                }
            };
            tokio::select! { () = tokio::time::sleep(pause) => {}, () = stop.cancelled() => {} }
        }
    }

    /// Looks at some members of each brand that is not done. Whether more are to be looked at.
    pub async fn look(&mut self) -> Result<bool, StoreError> {
        let mut more = false;
        for (brand, programmes) in self.programmes.all() {
            let reason = reason(&programmes, self.clock.now());
            if self.clock.doubt().is_some() || self.done.get(&brand) == Some(&reason) {
                continue;
            }
            let name = format!("segments of {brand}");
            let progress = self.store.progress_of(&name).await?.map(|text| Progress::read(&text));
            let nothing_to_do = programmes.same_segments_since() == 1
                && progress.is_none()
                && programmes.live().programme.mechanics.segments.segments.is_empty();
            let progress = progress
                .filter(|progress| progress.reason == reason)
                .unwrap_or_else(|| Progress { reason: reason.clone(), after: Some(String::new()) });
            let Some(after) = progress.after.filter(|_| !nothing_to_do) else {
                self.done.insert(brand, reason);
                continue;
            };
            let next = self.some((&brand, &after), &programmes, &reason).await?;
            self.store.keep_progress(&name, &Progress { reason, after: next }.text()).await?;
            more = true;
        }
        Ok(more)
    }

    /// The last of the members that were looked at; none when there were no more.
    async fn some(
        &self,
        (brand, after): (&str, &str),
        programmes: &Programmes,
        reason: &str,
    ) -> Result<Option<String>, StoreError> {
        let Some((loaded, last)) = next_members(&self.store, programmes, (brand, after)).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        let concerned = loaded.iter().filter_map(|loaded| concerns(programmes, loaded, now));
        let events: Vec<Incoming> = concerned.map(|(member, listed)| looked((brand, member), reason, listed)).collect();
        for event in events {
            match self.writer.accept(event).await {
                Ok(_) => {}
                Err(passing) if passing.is_passing() => return Ok(Some(after.to_owned())),
                Err(refused) => tracing::error!(%refused, "a look at segments was not accepted"),
            }
        }
        Ok(Some(last))
    }
}

/// The lists that name the member, where that or its segments are not what the document says, or time will change them otherwise.
fn concerns<'l>(programmes: &Programmes, loaded: &'l Loaded, now: Timestamp) -> Option<(&'l str, BTreeSet<String>)> {
    let (member, programme) = (&loaded.member, &programmes.live().programme);
    if member.merged_into.is_some() || member.left_at.is_some() && member.placed.segments.is_empty() {
        return None;
    }
    let listing = |number: &String| programme.mechanics.segments.listing(number);
    let listed = loaded.person.external_id.as_ref().map(listing).unwrap_or_default();
    let mut after: Member = member.clone();
    after.listed.0.insert(member.id.clone(), listed.clone());
    let newest = TopSpend::newest(member.placed.top_spend.as_ref(), programmes.top_spend(now));
    let placed = placed(programme, &after, newest, now.max(member.recorded_at));
    let differs = (&placed.segments, placed.look_at) != (&member.placed.segments, member.placed.look_at);
    let named = member.listed.of(&member.id).cloned().unwrap_or_default();
    (differs || named != listed).then_some((member.id.as_str(), listed))
}

fn looked((brand, member): (&str, &str), reason: &str, listed: BTreeSet<String>) -> Incoming {
    Incoming {
        brand: brand.to_owned(),
        source: "self".to_owned(),
        id: derived_uuid(&["segments", member, reason]).to_string(),
        occurred_at: None,
        fact: Fact::SegmentsLooked(SegmentsLooked { listed }),
        who: Who { id: Some(member.to_owned()), ..Who::default() },
    }
}
