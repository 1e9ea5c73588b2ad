//! Counts how many members stand how with each row. All members are gone through a few at a time; how far it is stands in the store, so
//! it goes on after a restart, and where two connectors do it, the same is counted the same. Afterwards it rests ten times as long as it
//! took, at least an hour: so it costs a tenth of its work at most, however many members there are.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::pace::{LOOK, PAUSE, REST_TIMES, next_members};
use crate::{
    clock::{Clock, to_micros},
    loyalty::{
        Member, Programmes,
        mechanics::{RowCounts, count_member, count_moves},
    },
    store::{Store, StoreError, find::Loaded, row_counts::Counted},
    writer::programmes::LiveProgrammes,
};

const REST: SignedDuration = SignedDuration::from_hours(1);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

pub struct RowCounting {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub programmes: LiveProgrammes,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct UnderWay {
    version: u32,
    begun: Timestamp,
    /// The last member that was counted.
    after: String,
    counts: RowCounts,
}

/// Whether it is time to count anew. What took less than a minute is done again as soon as another version is live.
fn is_old(counted: &Counted, version: u32, now: Timestamp) -> bool {
    let took = counted.ended.duration_since(counted.begun);
    let rested = now.duration_since(counted.ended);
    rested >= REST.max(took * REST_TIMES) || version != counted.version && took < SignedDuration::from_mins(1)
}

fn under_way(brand: &str) -> String {
    format!("members by row of {brand}, under way")
}

impl RowCounting {
    /// Counts until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.look().await {
                Ok(true) => PAUSE,
                Ok(false) => LOOK,
                Err(error) => {
                    tracing::error!(%error, "members could not be counted by row; it is tried again");
                    LOOK
                }
            };
            tokio::select! { () = tokio::time::sleep(pause) => {}, () = stop.cancelled() => {} }
        }
    }

    /// Counts some members of each brand whose time it is. Whether there are more.
    pub async fn look(&self) -> Result<bool, StoreError> {
        let mut more = false;
        for (brand, programmes) in self.programmes.all() {
            if self.clock.doubt().is_none() {
                more |= self.some(&brand, &programmes).await?;
            }
        }
        Ok(more)
    }

    async fn some(&self, brand: &str, programmes: &Programmes) -> Result<bool, StoreError> {
        let (now, version) = (self.clock.now(), programmes.live().number);
        let kept = self.store.progress_of(&under_way(brand)).await?;
        let kept: Option<UnderWay> = kept.and_then(|text| serde_json::from_str(&text).ok());
        let going = kept.filter(|going| going.version == version);
        if going.is_none() && Counted::of(&self.store, brand).await?.is_some_and(|last| !is_old(&last, version, now)) {
            return Ok(false);
        }
        let anew = || UnderWay { version, begun: now, after: String::new(), counts: RowCounts::default() };
        let mut going = going.unwrap_or_else(anew);
        let Some((loaded, last)) = next_members(&self.store, programmes, (brand, &going.after)).await? else {
            let UnderWay { version, begun, counts, .. } = going;
            Counted { counts, version, begun, ended: now }.keep(&self.store, brand).await?;
            self.store.keep_progress(&under_way(brand), "").await?;
            return Ok(false);
        };
        for member in loaded.iter().map(|loaded| &loaded.member) {
            count_member(programmes, member, now.max(member.recorded_at), &mut going.counts);
        }
        self.moves((brand, going.begun), &loaded, &mut going.counts).await?;
        going.after = last;
        let text = serde_json::to_string(&going).unwrap_or_default(); // our own types always serialize
        self.store.keep_progress(&under_way(brand), &text).await?;
        Ok(true)
    }

    /// What changed within a week: of who had no event in it nothing did.
    async fn moves(
        &self,
        (brand, begun): (&str, Timestamp),
        loaded: &[Loaded],
        counts: &mut RowCounts,
    ) -> Result<(), StoreError> {
        let week_ago = begun.saturating_sub(WEEK).unwrap_or(Timestamp::MIN);
        let members = loaded.iter().map(|loaded| &loaded.member).filter(|member| member.recorded_at >= week_ago);
        let (members, ids): (Vec<&Member>, Vec<String>) = members.map(|member| (member, member.id.clone())).unzip();
        let before = self.store.members_as_of(brand, ids, to_micros(week_ago)).await?;
        for (member, before) in members.into_iter().zip(&before) {
            count_moves(before.as_ref(), member, counts);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_ten_times_as_long_as_it_took_and_an_hour_at_least() {
        let at = |minutes: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        let took = |minutes| Counted { counts: RowCounts::default(), version: 1, begun: at(0), ended: at(minutes) };
        let is_old = |took: Counted, version, minutes| is_old(&took, version, at(minutes));
        assert!(!is_old(took(0), 1, 59) && is_old(took(0), 1, 60), "an hour");
        assert!(is_old(took(0), 2, 1) && !is_old(took(2), 2, 3), "another version, where it is quick");
        assert!(!is_old(took(30), 1, 329) && is_old(took(30), 1, 330), "300 minutes after 30");
    }
}
