//! The writer's loop: what has arrived makes a round, a round makes a commit, and then everybody is answered.
//! On a database that several connectors share, whoever lost against another one joins the next round: by then its member is
//! loaded anew, and an event that the other one accepted is known.

use std::time::Instant;

use tokio::sync::mpsc;

use super::{
    Accepted, Desk, Incoming, NotAccepted, Waiting,
    hot::Hot,
    meter::{self, Meter},
    round::Round,
};
use crate::{loyalty::receipt::Receipt, store::StoreError};

/// More events than this in one commit gain nothing (measured) and make everybody wait.
const BATCH: usize = 256;
/// Lost rounds after which a caller is told to come back. Each means that another connector was served.
const LOST: u32 = 100;

pub type Answer = Result<Accepted, NotAccepted>;

/// Why a round answered nobody.
enum Failed {
    Store(StoreError),
    /// Which of its events lost; nothing was written.
    Lost(Vec<bool>),
}

pub async fn run(desk: Desk, mut waiting: mpsc::Receiver<Waiting>, meter: Meter) {
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
        batch = write(&desk, &mut hot, batch, &meter).await;
    }
}

/// Decides, commits and answers. Returns those that lost.
async fn write(desk: &Desk, hot: &mut Hot, mut batch: Vec<Waiting>, meter: &Meter) -> Vec<Waiting> {
    let mut losers = Vec::new();
    while !batch.is_empty() {
        // Only where others write too can a round have to be decided again.
        let again = desk.store.is_shared().then(|| batch.iter().map(|one| one.incoming.clone()).collect::<Vec<_>>());
        let (incoming, answers): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|one| (one.incoming, (one.answer, one.lost))).unzip();
        let count = incoming.len();
        let asked: Vec<_> = incoming.iter().map(|one| (meter::kind(&one.fact), one.id.clone())).collect();
        let results = match round(desk, hot, incoming, meter).await {
            Ok(results) => results,
            Err(Failed::Store(error)) => {
                tracing::error!(%error, "a batch of {count} events could not be written; their callers were told");
                vec![Err(NotAccepted::Unavailable(error.to_string())); count]
            }
            Err(Failed::Lost(lost)) => {
                let cases = again.into_iter().flatten().zip(answers).zip(lost);
                for ((incoming, (answer, rounds)), lost) in cases {
                    let one = Waiting { incoming, answer, lost: rounds + u32::from(lost) };
                    if lost { &mut losers } else { &mut batch }.push(one);
                }
                continue;
            }
        };
        for (((answer, _), result), (kind, id)) in answers.into_iter().zip(results).zip(asked) {
            log(&kind, &id, &result);
            meter.answered(kind, result.as_ref().err());
            let _ = answer.send(result); // the caller may have gone; what was committed stays
        }
    }
    let (gone, losers): (Vec<_>, Vec<_>) = losers.into_iter().partition(|one: &Waiting| one.lost >= LOST);
    for one in gone {
        let _ = one.answer.send(Err(NotAccepted::Busy));
    }
    losers
}

/// Decides as a round would, and keeps nothing.
pub async fn rehearse(desk: &Desk, incoming: Vec<Incoming>) -> Result<Vec<Answer>, StoreError> {
    let mut round = Round::gather(desk, &mut Hot::default(), incoming).await?;
    round.decide_all();
    Ok(round.finish(&mut Hot::default()))
}

/// One round: one answer per event, in order, after the commit.
async fn round(desk: &Desk, hot: &mut Hot, incoming: Vec<Incoming>, meter: &Meter) -> Result<Vec<Answer>, Failed> {
    let count = u32::try_from(incoming.len()).unwrap_or(u32::MAX);
    crate::fault::point("before claim");
    let mut round = Round::gather(desk, hot, incoming).await.map_err(Failed::Store)?;
    round.decide_all();
    if !round.batch.is_empty() {
        let start = Instant::now();
        match desk.store.commit(std::mem::take(&mut round.batch)).await {
            Ok(()) => {
                meter.committed(count, start.elapsed());
                desk.news.notify_waiters();
            }
            Err(StoreError::Lost(members)) => {
                for member in &members {
                    hot.forget(member);
                }
                return Err(Failed::Lost(round.lost(&members.into_iter().collect())));
            }
            Err(error) => return Err(Failed::Store(error)),
        }
    }
    Ok(round.finish(hot))
}

/// What became of an event, by ids alone.
fn log(kind: &str, id: &str, result: &Answer) {
    match result {
        Ok(Accepted { receipt: Receipt { member_id, duplicate, .. } }) => {
            tracing::debug!(event.id = id, member.id = member_id, kind, duplicate, "event {id} is accepted");
        }
        Err(refused) => {
            let problem = meter::problem(refused);
            tracing::debug!(event.id = id, kind, problem, "event {id} is not accepted: {problem}");
        }
    }
}
