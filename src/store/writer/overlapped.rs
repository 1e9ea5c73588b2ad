//! The writer's loop where nobody else writes: while one commit is on its way to the disk, what arrives is decided on top of
//! it and makes the next one. Everybody is answered after their own commit; whoever was decided on a commit that failed is
//! told that it failed, too.

use std::{pin::Pin, time::Instant};

use tokio::sync::mpsc;

use super::{
    BATCH, Desk, Waiting,
    ahead::Ahead,
    hot::Hot,
    meter::Meter,
    round::{Answer, Decided, Round},
    told::{Asker, fail, parted},
};
use crate::store::{Batch, StoreError};

/// Events decided at a time while a commit is under way: its end is noticed in between, and the next one begins at once.
const BITE: usize = 16;

/// A commit under way.
struct Committing<'a> {
    done: Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>,
    ahead: Ahead,
    /// It changes counts that many members share: what others decide on them has to wait.
    counts: bool,
    answers: Vec<Answer>,
    askers: Vec<Asker>,
}

pub async fn run(desk: &Desk, mut waiting: mpsc::Receiver<Waiting>, meter: &Meter) {
    let (mut hot, nothing) = (Hot::default(), Ahead::default());
    let (mut arrived, mut open) = (Vec::with_capacity(BATCH), true);
    let (mut next, mut askers): (Round<'_>, Vec<Asker>) = (Round::new(desk), Vec::new());
    let mut committing: Option<Committing<'_>> = None;
    while open || committing.is_some() {
        if let Some(under_way) = &mut committing {
            let room = (BATCH - next.len().min(BATCH)).min(BITE);
            tokio::select! {
                biased;
                done = &mut under_way.done => {
                    let told = committing.take().map(|commit| (commit.askers, commit.answers)).unwrap_or_default();
                    if let Err(error) = done {
                        hot = Hot::default();
                        next = Round::new(desk);
                        fail(told.0.into_iter().chain(askers.drain(..)), &error, meter);
                    } else {
                        told.0.into_iter().zip(told.1).for_each(|(asker, answer)| asker.tell(answer, meter));
                    }
                }
                taken = waiting.recv_many(&mut arrived, room), if open && room > 0 && !under_way.counts => open = taken > 0,
            }
        } else {
            open = waiting.recv_many(&mut arrived, BATCH).await > 0;
        }
        if !arrived.is_empty() {
            crate::fault::point("before claim");
            let (incoming, more) = parted(arrived.drain(..));
            let before = committing.as_ref().map_or(&nothing, |under_way| &under_way.ahead);
            match next.gather(&mut hot, before, incoming).await {
                Ok(()) => {
                    next.decide_all();
                    askers.extend(more);
                }
                Err(error) => fail(more.into_iter(), &error, meter),
            }
        }
        if committing.is_none() && !askers.is_empty() {
            let Decided { batch, answers, ahead } = std::mem::replace(&mut next, Round::new(desk)).close(&mut hot);
            let counts = !batch.counts.is_empty();
            let done = Box::pin(commit(desk, batch, askers.len(), meter));
            committing = Some(Committing { done, ahead, counts, answers, askers: std::mem::take(&mut askers) });
        }
    }
}

async fn commit(desk: &Desk, batch: Batch, events: usize, meter: &Meter) -> Result<(), StoreError> {
    if batch.is_empty() {
        return Ok(());
    }
    let (news, start) = (batch.has_news(), Instant::now());
    desk.store.commit(batch).await?;
    meter.committed(u32::try_from(events).unwrap_or(u32::MAX), start.elapsed());
    if news {
        desk.news.notify_waiters();
    }
    Ok(())
}
