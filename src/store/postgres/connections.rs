//! The connections to a database: the writer's own, and those of everybody else. The only way to ask something.
//! Guarantees: whatever is asked ends within its limit, the wait for a connection taken with it; of a server that
//! is no use (silent, or without writes) no connection is kept.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use tokio::time::timeout;
use tokio_postgres::{Config, error::SqlState};

use super::connect::{Hosts, Session};
use crate::store::StoreError;

/// Longest wait for a connection that is free.
const FREE: Duration = Duration::from_secs(5);

/// Longest wait for what callers and the writer ask: a look-up, a commit, a page. A frozen server is left after it.
pub const ANSWER: Duration = Duration::from_secs(8);

/// Longest wait for what takes as long as the ledger is large.
pub const UNHURRIED: Duration = Duration::from_secs(3600);

/// Connections of the writer.
const WRITERS: usize = 4;

#[derive(Clone)]
pub struct Connections {
    writer: Pool,
    others: Pool,
}

impl Connections {
    /// As they are needed, `beside` those of the writer at most.
    pub fn to(config: &Config, hosts: &Hosts, beside: usize) -> Result<Self, StoreError> {
        let pool = |size: usize, session: Session| {
            let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
            Pool::builder(Manager::from_connect(config.clone(), session, manager))
                .max_size(size)
                .timeouts(Timeouts { wait: Some(FREE), create: Some(hosts.patience()), recycle: Some(FREE) })
                .runtime(Runtime::Tokio1)
                .build()
                .map_err(unusable)
        };
        Ok(Self { writer: pool(WRITERS, hosts.for_the_writer())?, others: pool(beside.max(1), hosts.for_others())? })
    }

    /// What callers ask, within [`ANSWER`].
    pub async fn ask<T>(&self, work: impl AsyncFnOnce(&mut Client) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.within(ANSWER, &self.others, work).await
    }

    /// What the writer's rounds ask, within [`ANSWER`].
    pub async fn ask_for_the_writer<T>(
        &self,
        work: impl AsyncFnOnce(&mut Client) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.within(ANSWER, &self.writer, work).await
    }

    /// What takes as long as the ledger is large, within [`UNHURRIED`].
    pub async fn ask_unhurried<T>(
        &self,
        work: impl AsyncFnOnce(&mut Client) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.within(UNHURRIED, &self.others, work).await
    }

    /// The writer's connections are made anew, each when it is free, and keep their plans if the tables have been counted.
    pub fn renew_the_writer(&self) {
        self.writer.retain(|_, _| false);
    }

    async fn within<T>(
        &self,
        patience: Duration,
        pool: &Pool,
        work: impl AsyncFnOnce(&mut Client) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        let mut client = pool.get().await?;
        let left = patience.saturating_sub(began.elapsed());
        let answer = timeout(left, work(&mut client)).await.unwrap_or(Err(StoreError::Silent(patience)));
        if answer.as_ref().is_err_and(is_of_no_use) {
            drop(Client::take(client));
            for pool in [&self.writer, &self.others] {
                pool.retain(|_, _| false);
            }
        }
        answer
    }
}

fn unusable(error: impl Display) -> StoreError {
    StoreError::Unusable(format!("connections to the database: {error}"))
}

/// Whether the server behind a connection is not the one to talk to: it is silent, or it takes no writes (any more).
fn is_of_no_use(error: &StoreError) -> bool {
    match error {
        StoreError::Silent(_) => true,
        StoreError::Postgres(error) => error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION),
        _ => false,
    }
}
