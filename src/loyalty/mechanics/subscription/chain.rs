//! How the orders of one tier follow each other: by when they were paid, then by their ids; each begins where the one before it ends, or
//! when it was paid, whichever is later. Those of members who turned out to be one follow each other like those of one.

use jiff::{Timestamp, tz::TimeZone};

use super::state::{Past, Subscribed, Term};
use crate::loyalty::pruning::days_before;

/// Orders that ended longer ago are forgotten.
const KEPT_DAYS: i64 = 366;

/// A time without a gap that a tier was bought for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// One order, or the newest of those that are forgotten, with the run that it ends.
pub(super) struct Link<'s> {
    owner: &'s str,
    order: &'s str,
    paid_at: Timestamp,
    is_kept: bool,
    run: Run,
}

enum What<'s> {
    Kept(&'s Term),
    Forgotten(&'s Past),
}

impl Run {
    /// With an order that was paid then.
    fn and(before: Option<Self>, term: &Term, zone: &TimeZone) -> Self {
        let before = before.filter(|before| term.paid_at <= before.until);
        let mut run = before.unwrap_or(Self { from: term.paid_at, until: term.paid_at });
        for _ in 0..term.times {
            run.until = term.lasts.after(run.until, zone);
        }
        run
    }
}

impl Subscribed {
    /// The orders of a tier as they follow each other.
    pub(super) fn chain<'s>(&'s self, tier: &str, zone: &TimeZone) -> Vec<Link<'s>> {
        let mut all = Vec::new();
        for (owner, terms) in self.0.iter().filter_map(|(owner, tiers)| Some((owner, tiers.get(tier)?))) {
            let kept = terms.orders.iter();
            all.extend(kept.map(|(order, term)| (term.paid_at, order.as_str(), owner.as_str(), What::Kept(term))));
            let past = terms.past.iter();
            all.extend(past.map(|past| (past.paid_at, past.order.as_str(), owner.as_str(), What::Forgotten(past))));
        }
        all.sort_by_key(|(paid_at, order, owner, _)| (*paid_at, *order, *owner));
        let mut run: Option<Run> = None;
        let chain = all.into_iter().map(|(paid_at, order, owner, what)| {
            let (is_kept, next) = match what {
                What::Kept(term) => (true, Run::and(run, term, zone)),
                What::Forgotten(past) => {
                    let was = Run { from: past.from, until: past.until };
                    (false, run.filter(|run| run.until >= was.until).unwrap_or(was))
                }
            };
            run = Some(next);
            Link { owner, order, paid_at, is_kept, run: next }
        });
        chain.collect()
    }

    /// The newest time that a tier was bought for, also when it is over.
    pub fn last_run(&self, tier: &str, zone: &TimeZone) -> Option<Run> {
        self.chain(tier, zone).last().map(|link| link.run)
    }

    /// Keeps of orders that ended long ago only where what comes next begins.
    pub fn forget(&mut self, now: Timestamp, zone: &TimeZone) {
        let long_ago = days_before(now, KEPT_DAYS);
        let mut over = Vec::new();
        for tier in self.tiers() {
            let chain = self.chain(tier, zone).into_iter();
            for link in chain.take_while(|link| link.run.until < long_ago).filter(|link| link.is_kept) {
                let Run { from, until } = link.run;
                let past = Past { order: link.order.to_owned(), paid_at: link.paid_at, from, until };
                over.push((link.owner.to_owned(), tier.clone(), past));
            }
        }
        for (owner, tier, past) in over {
            let Some(terms) = self.0.get_mut(&owner).and_then(|tiers| tiers.get_mut(&tier)) else { continue };
            terms.orders.remove(&past.order);
            terms.past = Some(past);
        }
    }
}
