//! What waits for the writing thread and may share a commit: purchases, leases, marks, settled deliveries. One transaction and
//! one wait for the disk for all of them; each has a savepoint of its own, so that one that fails takes no other with it.
//! Nobody is told before the commit is done.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::threads::{self, Job};
use crate::store::{StoreError, not_known};

/// What the writing thread does.
pub enum Work {
    /// In transactions of its own.
    Alone(Job),
    Together(Box<dyn Sharing>),
}

/// Does the work in the order it came, until all handles are gone.
pub fn writer(connection: &mut Connection, mut queue: mpsc::UnboundedReceiver<Work>) {
    let mut next = None;
    while let Some(work) = next.take().or_else(|| queue.blocking_recv()) {
        match work {
            Work::Alone(job) => threads::guarded(job, connection),
            Work::Together(first) => {
                let mut all = vec![first];
                while let Ok(work) = queue.try_recv() {
                    match work {
                        Work::Together(one) => all.push(one),
                        alone @ Work::Alone(_) => {
                            next = Some(alone);
                            break;
                        }
                    }
                }
                commit(connection, all);
            }
        }
    }
}

/// Work that may share a commit. It is done again, alone, where the others' transaction broke off before its commit.
pub trait Sharing: Send {
    /// False: it failed, and what it wrote is to be taken back.
    fn work(&mut self, connection: &Connection) -> bool;
    /// Tells the asker what came of it; of an error: none of what the work wrote is known to be there.
    fn tell(self: Box<Self>, committed: Result<(), StoreError>);
}

/// One asker's work.
pub struct Share<T, F> {
    pub job: F,
    pub done: Option<Result<T, StoreError>>,
    pub answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Sharing for Share<T, F>
where
    T: Send,
    F: Fn(&Connection) -> Result<T, StoreError> + Send,
{
    fn work(&mut self, connection: &Connection) -> bool {
        let done = catch_unwind(AssertUnwindSafe(|| (self.job)(connection)));
        let done = done.unwrap_or_else(|_| {
            tracing::error!("a store job panicked; it was rolled back");
            Err(StoreError::Panicked)
        });
        self.done.insert(done).is_ok()
    }

    fn tell(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { done, answer, .. } = *self;
        let _ = answer.send(committed.and_then(|()| done.unwrap_or(Err(StoreError::Closed)))); // the asker may have gone; the work is done all the same
    }
}

/// Does all of it in one commit.
fn commit(connection: &mut Connection, mut all: Vec<Box<dyn Sharing>>) {
    match whole(connection, &mut all) {
        Ok(()) => all.into_iter().for_each(|one| one.tell(Ok(()))),
        Err(Broken::AtCommit(error)) => all.into_iter().for_each(|one| one.tell(Err(not_known(copy(&error))))),
        Err(Broken::Before(error)) if all.len() == 1 => {
            for one in all {
                one.tell(Err(copy(&error).into()));
            }
        }
        Err(Broken::Before(_) | Broken::Apart) => all.into_iter().for_each(|one| commit(connection, vec![one])),
    }
}

/// Why nothing was committed.
enum Broken {
    Before(rusqlite::Error),
    /// One of them failed in a way that takes back the whole transaction, such as a full disk.
    Apart,
    AtCommit(rusqlite::Error),
}

fn whole(connection: &mut Connection, all: &mut [Box<dyn Sharing>]) -> Result<(), Broken> {
    let mut transaction = connection.transaction().map_err(Broken::Before)?;
    if let [alone] = all {
        if !alone.work(&transaction) {
            return Ok(()); // rolled back; it knows why
        }
    } else {
        for one in all {
            let savepoint = transaction.savepoint().map_err(Broken::Before)?;
            if one.work(&savepoint) {
                savepoint.commit().map_err(Broken::Before)?;
            } else {
                savepoint.finish().map_err(Broken::Before)?; // rolled back
                if transaction.is_autocommit() {
                    return Err(Broken::Apart);
                }
            }
        }
    }
    transaction.commit().map_err(Broken::AtCommit)
}

/// The same error once more: several are told of it.
fn copy(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, words) => rusqlite::Error::SqliteFailure(*code, words.clone()),
        other => rusqlite::Error::ToSqlConversionFailure(other.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Answered = oneshot::Receiver<Result<(), StoreError>>;

    fn work(job: impl Fn(&Connection) -> Result<(), StoreError> + Send + 'static) -> (Box<dyn Sharing>, Answered) {
        let (answer, answers) = oneshot::channel();
        (Box::new(Share { job, done: None, answer }), answers)
    }

    fn insert(number: u32) -> impl Fn(&Connection) -> Result<(), StoreError> {
        move |connection| Ok(connection.execute("INSERT INTO t VALUES (?1)", [number]).map(drop)?)
    }

    fn numbers(connection: &Connection) -> Vec<u32> {
        let mut select = connection.prepare("SELECT n FROM t ORDER BY n").unwrap();
        select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// A table that the rows of several share.
    fn table() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY)").unwrap();
        connection
    }

    #[test]
    fn one_that_fails_or_panics_in_a_shared_commit_takes_no_other_with_it() {
        let mut connection = table();
        let half = |connection: &Connection| {
            insert(7)(connection)?;
            insert(1)(connection)
        };
        let jobs = [work(insert(1)), work(half), work(|_| panic!("a test wants it")), work(insert(2))];
        let (jobs, mut answers): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
        commit(&mut connection, jobs);
        let answers: Vec<_> = answers.iter_mut().map(|answers| answers.try_recv().unwrap()).collect();
        assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false, true]);
        assert!(answers[1].as_ref().unwrap_err().is_about_data() && matches!(answers[2], Err(StoreError::Panicked)));
        assert_eq!(numbers(&connection), [1, 2], "the 7 went with its own failure");
    }

    #[test]
    fn where_one_takes_back_the_whole_transaction_the_others_are_done_again_by_themselves() {
        let mut connection = table();
        let broken = |connection: &Connection| {
            connection.execute_batch("INSERT INTO t VALUES (9); ROLLBACK")?;
            Err(StoreError::Unusable("full".to_owned()))
        };
        let jobs = [work(insert(1)), work(broken), work(insert(2))];
        let (jobs, mut answers): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
        commit(&mut connection, jobs);
        let answers: Vec<_> = answers.iter_mut().map(|answers| answers.try_recv().unwrap().is_ok()).collect();
        assert_eq!((answers, numbers(&connection)), (vec![true, false, true], vec![1, 2]));
    }
}
