//! SQLite: one thread owns the writing connection, one looks up for the writer, all other reads have connections of their own.
//! `synchronous=FULL` in WAL mode: what COMMIT acknowledged survives a crash of the machine.

mod audit;
mod batch;
pub mod copy;
mod dead_letters;
mod deliveries;
mod duplicates;
mod find;
mod keys;
mod messages;
mod names;
pub mod migrate;
mod past;
mod published;
mod reads;
mod search;
mod counters;
mod sweep;
mod threads;
mod together;
mod progress;
mod window;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Semaphore, mpsc, oneshot};

use self::{
    threads::Job,
    together::{Share, Work},
};
use super::{StoreError, whole};

/// Handle to one database file.
#[derive(Clone)]
pub struct Sqlite {
    writer: mpsc::UnboundedSender<Work>,
    lookups: [mpsc::UnboundedSender<Job>; LOOKUPS],
    readers: Arc<Mutex<Vec<Connection>>>,
    reading: Arc<Semaphore>,
    /// Whether they read the file in place.
    in_place: bool,
    path: Arc<PathBuf>,
}

/// Reads at a time: each has a connection, a thread and memory of its own. The rest waits, which costs nothing.
const READERS: usize = 6;
/// Idle reading connections kept open; more are opened when needed and closed afterwards.
const READERS_KEPT: usize = 4;

/// Threads that look up for the writer: of a large database most pages come from the disk, and each thread waits for one.
const LOOKUPS: usize = 4;
/// Longest wait for the last checkpoint.
const LAST: Duration = Duration::from_secs(15);
/// Fewer look-ups than this are not worth waking another thread.
const WORTH_A_THREAD: usize = 16;

/// A new file is its owner's alone; SQLite gives the files beside it the same rights. What is wrong is told by who opens it.
fn private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}

impl Sqlite {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        private(path);
        let mut connection = Connection::open(path)?;
        configure(&connection)?;
        migrate::to_latest(&mut connection, path)?;
        let writer = threads::writer(connection)?;
        threads::checkpoints(path, &writer)?;
        let lookup = || threads::lookups(reader(path)?);
        let lookups = [lookup()?, lookup()?, lookup()?, lookup()?];
        let (readers, reading) = (Arc::default(), Arc::new(Semaphore::new(READERS)));
        Ok(Self { writer, lookups, readers, reading, in_place: false, path: Arc::new(path.to_owned()) })
    }

    /// Runs `job` on the writing connection and waits for it.
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.writer.send(Work::Alone(answering(job, answer))).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Panicked)?
    }

    /// Runs `job` on the writing connection, in one commit with whatever else waits for it; resolves after that commit. Where
    /// the others' transaction breaks off, it is run again by itself.
    pub async fn write_together<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let share = Box::new(Share { job, done: None, answer });
        self.writer.send(Work::Together(share)).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Panicked)?
    }

    pub async fn last_checkpoint(&self) {
        let emptied = self.write(|connection| {
            threads::empty_the_log(connection);
            Ok(())
        });
        if tokio::time::timeout(LAST, emptied).await.is_err() {
            tracing::warn!("the last checkpoint takes too long; the log is replayed at the next start");
        }
    }

    /// Asks each of these on the connections that look up for the writer: they wait for no commit. Answers in the order asked.
    pub async fn look_up<Q, A>(
        &self,
        mut questions: Vec<Q>,
        answer: fn(&Connection, &Q) -> Result<A, StoreError>,
    ) -> Result<Vec<A>, StoreError>
    where
        Q: Send + 'static,
        A: Send + 'static,
    {
        let parts = (questions.len() / WORTH_A_THREAD).clamp(1, LOOKUPS);
        let each = questions.len().div_ceil(parts);
        let under_way = self.lookups.iter().take(parts).map(|thread| {
            let part: Vec<Q> = questions.drain(..each.min(questions.len())).collect();
            done_by(thread, move |connection| part.iter().map(|one| answer(connection, one)).collect())
        });
        let answers: Vec<Vec<A>> = futures_util::future::try_join_all(under_way.collect::<Vec<_>>()).await?;
        Ok(answers.into_iter().flatten().collect())
    }

    /// Runs `job` on a reading connection.
    pub async fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let this = self.clone();
        let permit = Arc::clone(&self.reading).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit; // until it is done, though its asker may be gone
            let connection = this.reader()?;
            let result = job(&connection);
            let mut idle = this.readers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if idle.len() < READERS_KEPT {
                idle.push(connection);
            }
            result
        });
        done.await.map_err(|_| StoreError::Closed)?
    }

    /// See [`super::Store::read_in_place`].
    pub fn read_in_place(self) -> Self {
        Self { in_place: true, ..self }
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        let idle = self.readers.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        let connection = reader(&self.path)?;
        if self.in_place {
            connection.pragma_update(None, "mmap_size", i64::MAX)?; // SQLite takes as much as it can: 2 GB
        }
        Ok(connection)
    }
}

async fn done_by<T, F>(thread: &mpsc::UnboundedSender<Job>, job: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    thread.send(answering(job, answer)).map_err(|_| StoreError::Closed)?;
    answered.await.map_err(|_| StoreError::Panicked)?
}

fn answering<T, F>(job: F, answer: oneshot::Sender<Result<T, StoreError>>) -> Job
where
    T: Send + 'static,
    F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
{
    Box::new(move |connection| {
        let _ = answer.send(job(connection)); // the asker may have gone; the work is done all the same
    })
}

fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn configure(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "page_size", 8192)?; // of a new file: two events in a page, not one with its half empty
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?; // not inside COMMIT: `threads::checkpoints`
    // Of a file under 1 GB, SQLite goes through all cached pages with every commit that moved one: more are no gain.
    connection.pragma_update(None, "cache_size", -32_000)?; // 32 MB
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}
