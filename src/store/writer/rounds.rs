//! The writer's loop on a database that several connectors share: what has arrived makes a round, a round makes a commit, and
//! then everybody is answered. Whoever lost against another connector joins the next round: by then its member is loaded anew,
//! and an event that the other one accepted is known.

use std::{collections::BTreeSet, time::Instant};

use tokio::sync::mpsc;

use super::{
    BATCH, Desk, Incoming, NotAccepted, Waiting,
    ahead::Ahead,
    hot::Hot,
    meter::Meter,
    round::{Answer, Key, Round},
    told::{fail, parted},
};
use crate::store::StoreError;

/// Lost rounds after which a caller is told to come back. Each means that another connector was served.
const LOST: u32 = 100;

/// Why a round answered nobody.
enum Failed {
    Store(StoreError),
    /// Which of its events lost; nothing was written.
    Lost(Vec<bool>),
}

pub async fn run(desk: &Desk, mut waiting: mpsc::Receiver<Waiting>, meter: &Meter) {
    let mut hot = Hot::default();
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        if batch.is_empty() && waiting.recv_many(&mut batch, BATCH).await == 0 {
            return;
        }
        while batch.len() < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        batch = write(desk, &mut hot, batch, meter).await;
    }
}

/// Decides, commits and answers. Returns those that lost.
async fn write(desk: &Desk, hot: &mut Hot, mut batch: Vec<Waiting>, meter: &Meter) -> Vec<Waiting> {
    let mut losers = Vec::new();
    while !batch.is_empty() {
        // Others write too: a round may have to be decided again.
        let again: Vec<(Incoming, u32)> = batch.iter().map(|one| (one.incoming.clone(), one.lost)).collect();
        let (incoming, askers) = parted(batch.drain(..));
        match round(desk, hot, incoming, meter).await {
            Ok(answers) => askers.into_iter().zip(answers).for_each(|(asker, answer)| asker.tell(answer, meter)),
            Err(Failed::Store(error)) => fail(askers.into_iter(), &error, meter),
            Err(Failed::Lost(lost)) => {
                for (((incoming, rounds), asker), lost) in again.into_iter().zip(askers).zip(lost) {
                    let one = asker.again(incoming, rounds + u32::from(lost));
                    if lost { &mut losers } else { &mut batch }.push(one);
                }
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
    round.gather(&mut Hot::default(), &Ahead::default(), incoming).await?;
    round.decide_all();
    Ok(round.close(&mut Hot::default()).answers)
}

/// One round: one answer per event, in order, after the commit.
async fn round(desk: &Desk, hot: &mut Hot, incoming: Vec<Incoming>, meter: &Meter) -> Result<Vec<Answer>, Failed> {
    let count = u32::try_from(incoming.len()).unwrap_or(u32::MAX);
    crate::fault::point("before claim");
    let mut round = Round::new(desk);
    round.gather(hot, &Ahead::default(), incoming).await.map_err(Failed::Store)?;
    round.decide_all();
    let (decided_for, members) = (round.decided_for(), round.met());
    let decided = round.close(hot);
    if decided.batch.is_empty() {
        return Ok(decided.answers);
    }
    let (news, start) = (decided.batch.has_news(), Instant::now());
    let done = desk.store.commit(decided.batch).await;
    if done.is_err() {
        for member in &members {
            hot.members.forget(member);
        }
        hot.names.forget();
    }
    match done {
        Ok(()) => {
            meter.committed(count, start.elapsed());
            if news {
                desk.news.notify_waiters();
            }
            Ok(decided.answers)
        }
        Err(StoreError::Lost(members)) => Err(Failed::Lost(lost(&decided_for, &members.into_iter().collect()))),
        Err(error) => Err(Failed::Store(error)),
    }
}

/// Which answers were decided for one of these members, so that they do not hold.
fn lost(decided_for: &[Vec<Key>], members: &BTreeSet<Key>) -> Vec<bool> {
    let is_lost = |decided_for: &Vec<Key>| decided_for.iter().any(|member| members.contains(member));
    let lost: Vec<bool> = decided_for.iter().map(is_lost).collect();
    if lost.contains(&true) { lost } else { vec![true; lost.len()] }
}
