//! After the table of segments changed every member is looked at: an event is recorded for those whom it concerns. Resumable: how far
//! it is stands in the store, and a member looked at twice by one version is one event. Slow enough to leave the writer to callers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    intake::{Incoming, Who},
    loyalty::{
        Fact, Member, Programmes,
        mechanics::segments::{SegmentsLooked, placed},
    },
    store::{Store, StoreError, find::Loaded},
    values::id::derived_uuid,
    writer::{Writer, programmes::LiveProgrammes},
};

/// How often versions are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// Members looked at between two pauses: at most 500 a second.
const AT_ONCE: usize = 250;
const PAUSE: Duration = Duration::from_millis(500);

pub struct Sweep {
    pub store: Store,
    pub writer: Writer,
    pub clock: Arc<dyn Clock>,
    pub programmes: LiveProgrammes,
    /// By brand, the version of segments that all members were looked at with.
    pub done: BTreeMap<String, u32>,
}

/// How far the look at one brand's members is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Progress {
    version: u32,
    /// The last member looked at; none once all were.
    after: Option<String>,
}

impl Progress {
    fn read(text: &str) -> Option<Self> {
        let (version, after) = text.split_once(' ').map_or((text, None), |(version, after)| (version, Some(after)));
        Some(Self { version: version.parse().ok()?, after: after.map(str::to_owned) })
    }

    fn text(&self) -> String {
        self.after.as_ref().map_or_else(|| self.version.to_string(), |after| format!("{} {after}", self.version))
    }
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
            let version = programmes.same_segments_since();
            if self.clock.doubt().is_some() || self.done.get(&brand) == Some(&version) {
                continue;
            }
            let name = format!("segments of {brand}");
            let progress = self.store.progress_of(&name).await?.and_then(|text| Progress::read(&text));
            let nothing_to_do = version == 1
                && progress.is_none()
                && programmes.live().programme.mechanics.segments.segments.is_empty();
            let progress = progress
                .filter(|progress| progress.version == version)
                .unwrap_or(Progress { version, after: Some(String::new()) });
            let Some(after) = progress.after.filter(|_| !nothing_to_do) else {
                self.done.insert(brand, version);
                continue;
            };
            let next = self.some((&brand, &after), &programmes, version).await?;
            self.store.keep_progress(&name, &Progress { version, after: next }.text()).await?;
            more = true;
        }
        Ok(more)
    }

    /// The last of the members that were looked at; none when there were no more.
    async fn some(
        &self,
        (brand, after): (&str, &str),
        programmes: &Programmes,
        version: u32,
    ) -> Result<Option<String>, StoreError> {
        let ids = self.store.members_after(brand, after, AT_ONCE).await?;
        let Some(last) = ids.last().cloned() else { return Ok(None) };
        let keys = ids.into_iter().map(|id| (brand.to_owned(), id)).collect();
        let mut loaded: Vec<Loaded> = self.store.load(keys).await?.into_iter().flatten().collect();
        let members = loaded.iter_mut().map(|loaded| &mut loaded.member).collect();
        self.store.complete_past(programmes, (brand, i64::MAX), members).await?;
        let now = self.clock.now();
        let concerned = loaded.iter().filter_map(|loaded| concerns(programmes, loaded, now));
        let events: Vec<Incoming> =
            concerned.map(|(member, listed)| looked((brand, member), version, listed)).collect();
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
    let differs = placed(programme, &after, now.max(member.recorded_at)) != member.placed;
    let named = member.listed.of(&member.id).cloned().unwrap_or_default();
    (differs || named != listed).then_some((member.id.as_str(), listed))
}

fn looked((brand, member): (&str, &str), version: u32, listed: BTreeSet<String>) -> Incoming {
    Incoming {
        brand: brand.to_owned(),
        source: "self".to_owned(),
        id: derived_uuid(&["segments", member, &version.to_string()]).to_string(),
        occurred_at: None,
        fact: Fact::SegmentsLooked(SegmentsLooked { listed }),
        who: Who { id: Some(member.to_owned()), ..Who::default() },
    }
}
