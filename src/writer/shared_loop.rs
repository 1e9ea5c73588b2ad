//! The writer's loop on a database that several connectors share: what has arrived makes a round, a round makes a commit, and
//! then everybody is answered. Whoever lost against another connector joins the next round: by then its member is loaded anew,
//! and an event that the other one accepted is known.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Instant,
};

use tokio::sync::mpsc;

use super::{
    Answer, BATCH, Desk, NotAccepted, Waiting,
    meter::Meter,
    pulse::{Heart, Woken},
};
use crate::{
    intake::Incoming,
    store::StoreError,
    writer::{
        batch::{Failed, Key, Round},
        cache::Cache,
        near::Near,
        reply::{Asker, fail, parted},
        uncommitted::Uncommitted,
    },
};

/// Lost rounds after which a caller is told to come back. Each means that another connector was served.
const LOST: u32 = 100;

/// Why a round answered nobody.
enum Unanswered {
    Failed(Failed),
    /// Which of its events lost; nothing was written.
    Lost(Vec<bool>),
    /// Limits are near that nobody looked at; nothing was written.
    Near,
}

pub async fn run(desk: &Desk, mut waiting: mpsc::Receiver<Waiting>, mut heart: Heart, meter: &Meter) {
    let (mut cache, mut ending) = (Cache::default(), false);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        heart.beat();
        if batch.is_empty() {
            tokio::select! {
                biased;
                woken = heart.woken(ending) => {
                    if matches!(woken, Woken::ToEnd) {
                        ending = true;
                        waiting.close();
                    }
                    continue;
                }
                taken = waiting.recv_many(&mut batch, BATCH) => if taken == 0 { return },
            }
        }
        while batch.len() < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        batch = write(desk, &mut cache, (batch, Some(&mut waiting)), &heart, meter).await;
    }
}

/// Decides, commits and answers. Returns those that lost. A database that does not answer is not asked again for those in the
/// queue, who have waited as long as whoever was asked for: they are told at once.
pub(super) async fn write(
    desk: &Desk,
    cache: &mut Cache,
    (batch, mut queue): (Vec<Waiting>, Option<&mut mpsc::Receiver<Waiting>>),
    heart: &Heart,
    meter: &Meter,
) -> Vec<Waiting> {
    let (mut losers, mut batches) = (Vec::new(), VecDeque::from([batch]));
    while let Some(batch) = batches.pop_front() {
        // Others write too: a round may have to be decided again.
        let (incoming, askers) = parted(batch.into_iter());
        if askers.is_empty() {
            continue;
        }
        match round(desk, cache, incoming, heart, meter).await {
            Ok(answers) => askers.into_iter().zip(answers).for_each(|(asker, answer)| asker.tell(answer, meter)),
            Err(Unanswered::Near) => batches.push_front(askers.into_iter().map(Asker::again).collect()),
            Err(Unanswered::Failed(failed)) if failed.is_about_data() && askers.len() > 1 => {
                tracing::error!("a batch of events could not be written; each is tried alone");
                batches.extend(askers.into_iter().map(|asker| vec![asker.again()]));
            }
            Err(Unanswered::Failed(Failed::Torn(answer))) => {
                for asker in askers {
                    asker.tell(Answer::clone(&answer), meter);
                }
            }
            Err(Unanswered::Failed(Failed::UnderWay)) => {} // nothing is under way here
            Err(Unanswered::Failed(Failed::Store(error))) => {
                fail(askers.into_iter(), &error, meter);
                if let Some(patience) = error.silence() {
                    let queued = std::iter::from_fn(|| queue.as_mut()?.try_recv().ok());
                    let waited = batches.drain(..).flatten().chain(losers.drain(..)).chain(queued);
                    fail(parted(waited).1.into_iter(), &StoreError::Silent(patience), meter);
                }
            }
            Err(Unanswered::Lost(lost)) => {
                let (lost, again): (Vec<_>, Vec<_>) = askers.into_iter().zip(lost).partition(|(_, lost)| *lost);
                losers.extend(lost.into_iter().map(|(asker, _)| asker.beaten()));
                batches.push_front(again.into_iter().map(|(asker, _)| asker.again()).collect());
            }
        }
    }
    let (gone, losers): (Vec<_>, Vec<_>) = losers.into_iter().partition(|one: &Waiting| one.lost >= LOST);
    for asker in parted(gone.into_iter()).1 {
        asker.tell(Err(NotAccepted::Busy), meter);
    }
    losers
}

/// Decides as a round would, and keeps nothing.
pub async fn rehearse(desk: &Desk, incoming: Vec<Incoming>) -> Result<Vec<Answer>, StoreError> {
    let mut round = Round::new(desk);
    let mut cache = Cache { near: Near::all(), ..Cache::default() };
    match round.take(&mut cache, &Uncommitted::default(), incoming).await {
        Ok(()) => Ok(round.close(&mut Cache::default()).answers),
        Err(Failed::Store(error)) => Err(error),
        Err(Failed::Torn(_) | Failed::UnderWay) => Err(StoreError::Panicked),
    }
}

/// One round: one answer per event, in order, after the commit.
async fn round(
    desk: &Desk,
    cache: &mut Cache,
    incoming: Vec<Incoming>,
    heart: &Heart,
    meter: &Meter,
) -> Result<Vec<Answer>, Unanswered> {
    let count = u32::try_from(incoming.len()).unwrap_or(u32::MAX);
    let purchases = incoming.iter().filter(|one| one.is_purchase()).count();
    crate::fault::point("before claim");
    let mut round = Round::new(desk);
    round.take(cache, &Uncommitted::default(), incoming).await.map_err(Unanswered::Failed)?;
    let (decided_for, members) = (round.decided_for(), round.met());
    let decided = round.close(cache);
    if decided.batch.is_empty() {
        return Ok(decided.answers);
    }
    let (news, start, timed) = (decided.batch.has_news(), Instant::now(), heart.committing());
    let done = desk.store.commit(decided.batch).await;
    drop(timed);
    if done.is_err() {
        for member in &members {
            cache.members.forget(member);
        }
        cache.names.forget();
        if !desk.store.is_shared() {
            cache.forget(); // orders are remembered, too
        }
    }
    match done {
        Ok(()) => {
            meter.committed(count, start.elapsed());
            desk.news.committed(purchases, Instant::now());
            if news {
                desk.news.ring();
            }
            Ok(decided.answers)
        }
        Err(StoreError::Near(counts)) if cache.near.found(&counts) => Err(Unanswered::Near),
        Err(StoreError::Lost(members)) => Err(Unanswered::Lost(lost(&decided_for, &members.into_iter().collect()))),
        Err(error) => Err(Unanswered::Failed(Failed::Store(error))),
    }
}

/// Which answers were decided for one of these members, so that they do not hold.
fn lost(decided_for: &[Vec<Key>], members: &BTreeSet<Key>) -> Vec<bool> {
    let is_lost = |decided_for: &Vec<Key>| decided_for.iter().any(|member| members.contains(member));
    let lost: Vec<bool> = decided_for.iter().map(is_lost).collect();
    if lost.contains(&true) { lost } else { vec![true; lost.len()] }
}
