//! Works out what those who spent most of all members in a year had spent, where a row of Segments asks for it: once a day at most, off
//! the way of orders. All members are gone through a few at a time; only sums are kept meanwhile, and what was broken off begins anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::pace::{LOOK, PAUSE, REST_TIMES, next_members};
use crate::{
    clock::Clock,
    loyalty::{
        Programmes,
        mechanics::segments::{TopSpend, spent_in_a_year},
    },
    store::{Store, StoreError, top_spend::WorkedOut},
    writer::programmes::LiveProgrammes,
};

const REST: SignedDuration = SignedDuration::from_hours(24);

pub struct TopSpending {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub programmes: LiveProgrammes,
    /// By brand.
    pub under_way: BTreeMap<String, UnderWay>,
}

/// How far it is with one brand.
pub struct UnderWay {
    shares: BTreeSet<i64>,
    begun: Timestamp,
    /// The last member that was asked for.
    after: String,
    /// Minor units of each who ordered in the year.
    spent: Vec<i64>,
}

impl UnderWay {
    fn new(shares: BTreeSet<i64>, begun: Timestamp) -> Self {
        Self { shares, begun, after: String::new(), spent: Vec::new() }
    }
}

/// Whether it is time to do it again.
fn is_old(last: &WorkedOut, shares: &BTreeSet<i64>, now: Timestamp) -> bool {
    let took = last.ended.duration_since(last.begun);
    now.duration_since(last.ended) >= REST.max(took * REST_TIMES) || last.shares != *shares
}

impl TopSpending {
    /// Looks until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.look().await {
                Ok(true) => PAUSE,
                Ok(false) => LOOK,
                Err(error) => {
                    tracing::error!(%error, "it could not be worked out who spent most; it is tried again");
                    LOOK
                }
            };
            tokio::select! { () = tokio::time::sleep(pause) => {}, () = stop.cancelled() => {} }
        }
    }

    /// Goes through some members of each brand whose time it is. Whether there are more.
    pub async fn look(&mut self) -> Result<bool, StoreError> {
        let mut more = false;
        for (brand, programmes) in self.programmes.all() {
            let shares = programmes.live().programme.mechanics.segments.shares_of_top_spend().collect();
            more |= self.clock.doubt().is_none() && self.some(&brand, &programmes, shares).await?;
        }
        Ok(more)
    }

    async fn some(&mut self, brand: &str, programmes: &Programmes, shares: BTreeSet<i64>) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let going = self.under_way.remove(brand).filter(|going| going.shares == shares);
        if shares.is_empty() {
            return Ok(false);
        }
        let last = WorkedOut::of(&self.store, brand).await?;
        if let Some(last) = &last {
            self.programmes.know_top_spend(brand, last.all.clone());
        }
        if going.is_none() && last.as_ref().is_some_and(|last| !is_old(last, &shares, now)) {
            return Ok(false);
        }
        let mut going = going.unwrap_or_else(|| UnderWay::new(shares, now));
        let Some((loaded, last_id)) = next_members(&self.store, programmes, (brand, &going.after)).await? else {
            let top = TopSpend::of(now, going.shares.iter().copied(), going.spent);
            let worked_out = WorkedOut::and(last, going.shares, (going.begun, top));
            worked_out.keep(&self.store, brand).await?;
            self.programmes.know_top_spend(brand, worked_out.all);
            return Ok(false);
        };
        let programme = &programmes.live().programme;
        let spent = loaded.iter().filter_map(|loaded| spent_in_a_year(programme, &loaded.member, now));
        going.spent.extend(spent);
        going.after = last_id;
        self.under_way.insert(brand.to_owned(), going);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_a_day_and_ten_times_as_long_as_it_took() {
        let at = |hours: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        let took = |hours| WorkedOut { all: Vec::new(), shares: [500].into(), begun: at(0), ended: at(hours) };
        let is_old = |took: WorkedOut, share, hours| is_old(&took, &[share].into(), at(hours));
        assert!(!is_old(took(0), 500, 23) && is_old(took(0), 500, 24), "a day");
        assert!(!is_old(took(3), 500, 32) && is_old(took(3), 500, 33), "30 hours after 3");
        assert!(is_old(took(0), 1_000, 0), "another share is asked for");
    }
}
