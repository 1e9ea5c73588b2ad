//! SQLite: one thread owns the writing connection, reads go through a few connections of their own.
//! `synchronous=FULL` in WAL mode: what COMMIT acknowledged survives a crash of the machine.

mod audit;
mod batch;
pub mod copy;
mod dead_letters;
mod deliveries;
mod find;
mod keys;
mod messages;
pub mod migrate;
mod programmes;
mod reads;
mod shared;
mod told;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{mpsc, oneshot};

use super::StoreError;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Handle to one database file.
#[derive(Clone)]
pub struct Sqlite {
    writer: mpsc::UnboundedSender<Job>,
    readers: Arc<Mutex<Vec<Connection>>>,
    path: Arc<PathBuf>,
}

/// Idle reading connections kept open; more are opened when needed and closed afterwards.
const READERS_KEPT: usize = 4;

/// Pages of the write-ahead log before SQLite moves them into the file. The default of 1000 runs inside every tenth
/// COMMIT under load; this is 80 MB.
const CHECKPOINT_PAGES: u32 = 20_000;

impl Sqlite {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path)?;
        configure(&connection)?;
        migrate::to_latest(&mut connection, path)?;
        let (writer, jobs) = mpsc::unbounded_channel();
        std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || work(connection, jobs))
            .map_err(|error| StoreError::Migration(format!("cannot start the store's thread: {error}")))?;
        Ok(Self { writer, readers: Arc::default(), path: Arc::new(path.to_owned()) })
    }

    /// Runs `job` on the writing connection and waits for it.
    pub async fn write<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let _ = answer.send(job(connection)); // the asker may have gone; the work is done all the same
        });
        self.writer.send(job).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs `job` on a reading connection.
    pub async fn read<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let this = self.clone();
        let done = tokio::task::spawn_blocking(move || {
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

    fn reader(&self) -> Result<Connection, StoreError> {
        let idle = self.readers.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(self.path.as_path(), flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    }
}

fn configure(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "cache_size", -64_000)?; // 64 MB
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn work(mut connection: Connection, mut jobs: mpsc::UnboundedReceiver<Job>) {
    while let Some(job) = jobs.blocking_recv() {
        // A job that panics must not take the store with it: its transaction rolls back as it is dropped, its asker is
        // told by the closed channel.
        let guarded = std::panic::AssertUnwindSafe(|| job(&mut connection));
        if std::panic::catch_unwind(guarded).is_err() {
            tracing::error!("a store job panicked; it was rolled back");
        }
    }
    if let Err(error) = connection.pragma_update(None, "wal_checkpoint", "TRUNCATE") {
        tracing::warn!(%error, "the last checkpoint failed; the log is replayed at the next start");
    }
}
