//! The writer's loop where nobody else writes: while one commit is on its way to the disk, what arrives is decided on top of
//! it and makes the next one. Everybody is answered after their own commit; whoever was decided on a commit that failed is
//! told that it failed, too. When what was to be written is to blame, each is tried alone, so that one spoils it for nobody.

use std::{pin::Pin, time::Instant};

use tokio::sync::mpsc;

use super::{
    Answer, BATCH, Desk, Waiting,
    meter::Meter,
    pulse::{Heart, Woken},
};
use crate::{
    store::{Batch, StoreError},
    writer::{
        batch::{Decided, Failed, Round},
        cache::Cache,
        reply::{Asker, fail, parted},
        shared_loop,
        uncommitted::Uncommitted,
    },
};

/// Events decided at a time while a commit is under way: its end is noticed in between, and the next one begins at once.
const BITE: usize = 16;

/// A commit under way.
struct Committing<'a> {
    done: Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>,
    uncommitted: Uncommitted,
    answers: Vec<Answer>,
    askers: Vec<Asker>,
}

/// What the loop knows.
struct Work<'a> {
    desk: &'a Desk,
    meter: &'a Meter,
    cache: Cache,
    next: Round<'a>,
    /// Those whose events `next` decided.
    askers: Vec<Asker>,
    committing: Option<Committing<'a>>,
    /// These look at counts that the commit under way changes, or were decided without a look that they need: they come next.
    postponed: Vec<Waiting>,
    /// One of these spoiled a batch: each is decided and committed alone.
    suspects: Vec<Waiting>,
}

pub async fn run(desk: &Desk, mut waiting: mpsc::Receiver<Waiting>, mut heart: Heart, meter: &Meter) {
    let mut work = Work {
        desk,
        meter,
        cache: Cache::default(),
        next: Round::new(desk),
        askers: Vec::new(),
        committing: None,
        postponed: Vec::new(),
        suspects: Vec::new(),
    };
    let (mut arrived, mut open, mut ending) = (Vec::with_capacity(BATCH), true, false);
    while open || work.committing.is_some() || !work.suspects.is_empty() || !work.postponed.is_empty() {
        heart.beat();
        if work.is_alone_with_suspects() {
            work.try_each_alone(&mut heart).await;
            continue;
        }
        let (room, fresh) = (work.room(), open && work.takes_more());
        tokio::select! {
            biased;
            done = committed(&mut work.committing) => work.answer(done),
            woken = heart.woken(ending) => if matches!(woken, Woken::ToEnd) {
                ending = true;
                waiting.close();
            },
            taken = waiting.recv_many(&mut arrived, room), if fresh => open = taken > 0,
        }
        if work.committing.is_none() && !work.postponed.is_empty() {
            let postponed = std::mem::take(&mut work.postponed);
            work.decide(postponed.into_iter()).await;
        }
        if !arrived.is_empty() {
            crate::fault::point("before claim");
            work.decide(arrived.drain(..)).await;
        }
        if work.committing.is_none() && !work.askers.is_empty() {
            work.commit(&heart);
        }
    }
}

/// Resolves when the commit under way is done; never when there is none.
async fn committed(committing: &mut Option<Committing<'_>>) -> Result<(), StoreError> {
    match committing {
        Some(under_way) => under_way.done.as_mut().await,
        None => std::future::pending().await,
    }
}

impl Work<'_> {
    fn is_alone_with_suspects(&self) -> bool {
        !self.suspects.is_empty() && self.committing.is_none() && self.askers.is_empty()
    }

    /// How many events may be decided before the next commit begins.
    fn room(&self) -> usize {
        if self.committing.is_none() { BATCH } else { (BATCH - self.next.len().min(BATCH)).min(BITE) }
    }

    fn takes_more(&self) -> bool {
        self.room() > 0 && self.postponed.is_empty() && self.suspects.is_empty()
    }

    /// Decides what has arrived on top of what is under way.
    async fn decide(&mut self, arrived: impl Iterator<Item = Waiting>) {
        let (incoming, more) = parted(arrived);
        let nothing = Uncommitted::default();
        let before = self.committing.as_ref().map_or(&nothing, |under_way| &under_way.uncommitted);
        match self.next.take(&mut self.cache, before, incoming).await {
            Ok(()) => self.askers.extend(more),
            Err(Failed::UnderWay) => self.postponed = more.into_iter().map(Asker::again).collect(),
            Err(Failed::Store(error)) if error.is_about_data() => self.suspect(more),
            Err(Failed::Store(error)) => fail(more.into_iter(), &error, self.meter),
            Err(Failed::Torn(_)) => {
                self.next = Round::new(self.desk);
                let spoiled = self.askers.drain(..).chain(more).collect();
                self.suspect(spoiled);
            }
        }
    }

    fn suspect(&mut self, askers: Vec<Asker>) {
        self.suspects.extend(askers.into_iter().map(Asker::again));
    }

    fn commit(&mut self, heart: &Heart) {
        let Decided { batch, answers, uncommitted } =
            std::mem::replace(&mut self.next, Round::new(self.desk)).close(&mut self.cache);
        let purchases = self.askers.iter().filter(|asker| asker.bought()).count();
        let (desk, meter, events, timed) = (self.desk, self.meter, self.askers.len(), heart.committing());
        let done = Box::pin(async move {
            let _timed = timed;
            commit(desk, batch, (events, purchases), meter).await
        });
        self.committing = Some(Committing { done, uncommitted, answers, askers: std::mem::take(&mut self.askers) });
    }

    /// Tells those whose commit it was, and when it failed also those who were decided on top of it.
    fn answer(&mut self, done: Result<(), StoreError>) {
        let Some(Committing { askers, answers, .. }) = self.committing.take() else { return };
        let Err(error) = done else {
            askers.into_iter().zip(answers).for_each(|(asker, answer)| asker.tell(answer, self.meter));
            return;
        };
        self.cache.forget();
        self.next = Round::new(self.desk);
        let on_top = std::mem::take(&mut self.askers);
        if let StoreError::Near(counts) = &error
            && self.cache.near.found(counts)
        {
            let again = askers.into_iter().chain(on_top).map(Asker::again);
            self.postponed = again.chain(std::mem::take(&mut self.postponed)).collect();
            return;
        }
        if error.is_about_data() {
            tracing::error!(%error, "a batch of events could not be written; each is tried alone");
            self.suspect(askers.into_iter().chain(on_top).collect());
            return;
        }
        fail(askers.into_iter(), &error, self.meter);
        let unwritten = if let StoreError::NotKnown(cause) = error { *cause } else { error };
        fail(on_top.into_iter(), &unwritten, self.meter);
    }

    async fn try_each_alone(&mut self, heart: &mut Heart) {
        for suspect in std::mem::take(&mut self.suspects) {
            heart.beat();
            let lost = shared_loop::write(self.desk, &mut self.cache, (vec![suspect], None), heart, self.meter).await;
            self.suspects.extend(lost);
        }
    }
}

async fn commit(
    desk: &Desk,
    batch: Batch,
    (events, purchases): (usize, usize),
    meter: &Meter,
) -> Result<(), StoreError> {
    if batch.is_empty() {
        return Ok(());
    }
    let (news, start) = (batch.has_news(), Instant::now());
    desk.store.commit(batch).await?;
    meter.committed(u32::try_from(events).unwrap_or(u32::MAX), start.elapsed());
    desk.news.committed(purchases, Instant::now());
    if news {
        desk.news.ring();
    }
    Ok(())
}
