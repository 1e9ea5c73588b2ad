//! What a draft of the programme would have done with what happened: the ledger's history is handed to the simulation, whose two
//! lives have a thread each. Reads only; decides nothing of its own, and never on a thread that commits.

mod request;
mod beginning;
mod history;
pub mod latest;
pub mod stop_loss;

use std::sync::Arc;

use tokio::{
    sync::{mpsc, oneshot},
    task::spawn_blocking,
};
use tokio_util::sync::CancellationToken;

use crate::{
    loyalty::{Programme, Programmes},
    simulation::{BrokeOff, Forecast, Happened, Life, Lived, compare, forecast::Between, in_force},
    store::{Store, StoreError},
};
use beginning::Holding;
use history::History;
pub use latest::Latest;
pub use request::{MUCH_MEMORY, Refused, Request};

/// Rows that are read together.
const AT_ONCE: usize = 2_000;
/// Such lots that wait for a life.
const WAITING: usize = 4;

/// How far it is.
pub struct Progress<'a> {
    pub done: &'a (dyn Fn(u64, u64) + Send + Sync),
    pub stop: &'a CancellationToken,
}

/// Why there is no forecast.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("it has to stop")]
    Stopped,
    #[error("a thread of the simulation ended by itself")]
    Broken,
}

/// Lives through the window twice. A life that broke off is begun again, and holds more, or of fewer members.
pub async fn run(store: &Store, request: &Request, progress: Progress<'_>) -> Result<Forecast, Failed> {
    let mut holding = Holding { every: 1, lets_go: true };
    loop {
        let (live, draft, every) = lived(store, request, holding, &progress).await?;
        match live.broke_off.or(draft.broke_off) {
            None => return compared((live, draft), every, request.clone()).await,
            Some(BrokeOff::NotOver) => holding.lets_go = false,
            Some(BrokeOff::TooMany) => holding.every = u64::from(every).saturating_mul(2),
        }
    }
}

/// Both lives, and the members that each one stands for.
async fn lived(
    store: &Store,
    request: &Request,
    holding: Holding,
    progress: &Progress<'_>,
) -> Result<(Lived, Lived, u32), Failed> {
    let (history, start) = History::gather(store, request, holding).await?;
    let every = start.every;
    let in_force =
        |programme: &Arc<Programme>| in_force(&request.programmes, Arc::clone(programme), request.window.from);
    let at_start = &start;
    let life = async |programmes: Programmes| {
        let start = beginning::under(store, request, &programmes, at_start).await?;
        live_through(Life::new(programmes, start), request.quietly)
    };
    let live = || in_force(&request.programmes.live().programme);
    let (to_live, live) = life(if request.against_all { request.programmes.clone() } else { live() }).await?;
    let (to_draft, draft) = life(in_force(&request.programme)).await?;
    drop(start);
    let (rows, read) = (history.rows(), history.read(AT_ONCE, request.quietly)?);
    let (mut read, mut done) = (read, 0);
    while let Some(happened) = read.next(store).await? {
        if progress.stop.is_cancelled() {
            return Err(Failed::Stopped);
        }
        done += happened.len() as u64;
        (progress.done)(done, rows);
        let both = [to_live.send(Arc::clone(&happened)), to_draft.send(happened)];
        if futures_util::future::try_join_all(both).await.is_err() {
            break; // one of them broke off
        }
    }
    drop((to_live, to_draft));
    let (live, draft) = (live.await.map_err(|_| Failed::Broken)?, draft.await.map_err(|_| Failed::Broken)?);
    Ok((live, draft, every))
}

async fn compared((live, draft): (Lived, Lived), every: u32, request: Request) -> Result<Forecast, Failed> {
    let compared = spawn_blocking(move || {
        let between = Between {
            window: request.window,
            every,
            live: request.programmes.live().number,
            draft: &request.draft,
            live_tables: &request.live,
        };
        compare(&live, &draft, &between)
    });
    compared.await.map_err(|_| Failed::Broken)
}

type Lot = Arc<Vec<Happened>>;

/// A thread that lives one life with what it is sent, and says how it ended.
fn live_through(life: Life, quietly: bool) -> Result<(mpsc::Sender<Lot>, oneshot::Receiver<Lived>), Failed> {
    let (sender, mut events) = mpsc::channel::<Lot>(WAITING);
    let (ended, end) = oneshot::channel();
    thread(quietly, move || {
        let mut life = life;
        while let Some(lot) = events.blocking_recv() {
            lot.iter().for_each(|happened| life.take(happened));
            if life.broke_off().is_some() {
                break;
            }
        }
        drop(events);
        drop(ended.send(life.end())); // nobody waits when it had to stop
    })?;
    Ok((sender, end))
}

/// A thread of the simulation; a quiet one gives way to all others.
fn thread(quietly: bool, work: impl FnOnce() + Send + 'static) -> Result<(), Failed> {
    let quiet = move || {
        if quietly && let Err(error) = rustix::process::setpriority_process(None, 19) {
            tracing::debug!(%error, "a thread keeps its priority");
        }
        work();
    };
    let started = std::thread::Builder::new().name("forecast".to_owned()).spawn(quiet);
    started.map(drop).map_err(|_| Failed::Broken)
}
