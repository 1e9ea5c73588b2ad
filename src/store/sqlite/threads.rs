//! The threads behind one database file: one writes, some look up for the writer while a commit is on its way to the disk,
//! and one moves the write-ahead log into the file beside the commits, so that no commit waits for it.

use std::{io::Write as _, path::Path, time::Duration};

use rusqlite::Connection;
use tokio::sync::mpsc;

use super::together::{self, Work};
use crate::store::StoreError;

pub type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// How often the log is looked at: while much is written, and else.
const BUSY: Duration = Duration::from_millis(100);
const CALM: Duration = Duration::from_secs(1);
/// Bytes of the log that are worth moving. The more wait, the more of them are the same page again.
const MUCH: u64 = 32 << 20;
/// Few enough for the writing thread to move between two commits. Then nothing is left, and the log begins anew.
const LITTLE: u64 = 16 << 20;
/// Bytes after which the log should begin anew.
const LONG: u64 = 64 << 20;

/// Starts the thread that writes. The last it does is to leave no log behind.
pub fn writer(mut connection: Connection) -> Result<mpsc::UnboundedSender<Work>, StoreError> {
    let (sender, queue) = mpsc::unbounded_channel();
    start("store", move || {
        together::writer(&mut connection, queue);
        empty_the_log(&connection);
    })?;
    Ok(sender)
}

/// Starts a thread that does the jobs it is sent, until all handles are gone.
pub fn lookups(mut connection: Connection) -> Result<mpsc::UnboundedSender<Job>, StoreError> {
    let (sender, mut jobs) = mpsc::unbounded_channel::<Job>();
    start("lookups", move || {
        while let Some(job) = jobs.blocking_recv() {
            guarded(job, &mut connection);
        }
    })?;
    Ok(sender)
}

/// A job that panics must not take the store with it: its transaction rolls back as it is dropped, its asker is told by the
/// closed channel.
pub fn guarded(job: Job, connection: &mut Connection) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(connection))).is_err() {
        tracing::error!("a store job panicked; it was rolled back");
    }
}

/// Moves all of the log into the file: the next start has nothing to replay.
pub fn empty_the_log(connection: &Connection) {
    match checkpoint(connection, "TRUNCATE") {
        Ok((0, _)) => {}
        Ok(_) => tracing::warn!("somebody still reads: the rest of the log is replayed at the next start"),
        Err(error) => tracing::warn!(%error, "the last checkpoint failed; the log is replayed at the next start"),
    }
}

/// Moves the log into the file while the writing thread lives.
pub fn checkpoints(path: &Path, writer: &mpsc::UnboundedSender<Work>) -> Result<(), StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    let page = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let writer = writer.downgrade();
    start("checkpoints", move || {
        let mut pause = CALM;
        loop {
            std::thread::sleep(pause);
            let Some(writer) = writer.upgrade() else { return };
            match keep_short(&connection, page, &writer) {
                Ok(waits) => pause = if waits > LITTLE { BUSY } else { CALM },
                Err(error) => tracing::warn!(%error, "the log could not be moved into the database; it is tried again"),
            }
        }
    })
}

/// Moves the log if it is worth it. Returns the bytes that were waiting.
fn keep_short(
    connection: &Connection,
    page: u64,
    writer: &mpsc::UnboundedSender<Work>,
) -> Result<u64, rusqlite::Error> {
    let state = || checkpoint(connection, "NOOP").map(|(log, moved)| (log * page, (log - moved) * page));
    let (_, waits) = state()?;
    if waits > MUCH {
        checkpoint(connection, "PASSIVE")?;
        let (log, left) = state()?;
        if log > LONG && left < LITTLE {
            let rest = |connection: &mut Connection| match checkpoint(connection, "PASSIVE") {
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "the rest of the log is moved later"),
            };
            let _ = writer.send(Work::Alone(Box::new(rest))); // gone: it moves everything as it ends
        }
    }
    Ok(waits)
}

/// Pages in the log, and those of them that are in the file. `PASSIVE` makes nobody wait.
fn checkpoint(connection: &Connection, mode: &str) -> Result<(u64, u64), rusqlite::Error> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        let pages = |column: usize| row.get::<_, i64>(column).map(|pages| u64::try_from(pages).unwrap_or(0));
        let log = pages(1)?;
        Ok((log, pages(2)?.min(log)))
    })
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    let named = name.to_owned();
    let guarded = move || {
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err() {
            let _ = writeln!(std::io::stderr(), "error: the thread `{named}` of the store panicked; the process ends");
            std::process::abort(); // what was acknowledged is on the disk
        }
    };
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(guarded);
    thread.map(|_| ()).map_err(|error| StoreError::Unusable(format!("cannot start the store's thread: {error}")))
}
