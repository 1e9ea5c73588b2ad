//! PostgreSQL: what several connectors share. The writer has connections of its own, everybody else takes one of a pool.
//! Guarantees: what COMMIT acknowledged survives a crash of the server; nobody waits for an answer for ever: a connection that
//! gives none in time is left, with all that were made before it, so that the next one finds the server that answers.

use std::{sync::Arc, time::Duration};

use deadpool_postgres::{
    Client, GenericClient, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime, Timeouts,
};
use secrecy::ExposeSecret;
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::{error::Elapsed, timeout},
};
use tokio_postgres::{Config, Row, error::SqlState, types::ToSql};

use super::{Shared, StoreError};
use connect::{Hosts, Session};

mod audit;
mod batch;
mod connect;
mod dead_letters;
mod deliveries;
mod duplicates;
mod events;
mod find;
mod keys;
mod messages;
mod names;
mod migrate;
mod past;
mod programmes;
mod reads;
mod search;
mod shared;
mod tls;
mod told;

/// Handle to one database.
#[derive(Clone)]
pub struct Postgres {
    writer: Pool,
    others: Pool,
    counting: Arc<Mutex<()>>,
    /// Of this connector among those that share the database.
    name: String,
}

/// Longest wait for a connection that is free.
const FREE: Duration = Duration::from_secs(5);

/// Longest wait for what callers and the writer ask: a look-up, a commit, a page. A frozen server is left after it.
const ANSWER: Duration = Duration::from_secs(8);

/// Longest wait for what takes as long as the ledger is large.
const UNHURRIED: Duration = Duration::from_secs(3600);

/// How often something is tried that the database could not do beside what others did.
const TRIES: u32 = 3;

impl Postgres {
    /// Connects, and brings the tables up to date.
    pub async fn open(shared: &Shared) -> Result<Self, StoreError> {
        // Not said what is wrong with it: parts of it are secret.
        let config: Config = shared.url.expose_secret().parse().map_err(|_| {
            StoreError::Unusable("setting store.url: must be postgres://USER:PASSWORD@HOST/DATABASE".to_owned())
        })?;
        let config = connect::with_defaults(config);
        let hosts = Hosts::of(&config, tls::connector(shared.ca_certificates.as_deref())?);
        let create = hosts.patience();
        let pool = |size: usize, session: Session| {
            let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
            Pool::builder(Manager::from_connect(config.clone(), session, manager))
                .max_size(size)
                .timeouts(Timeouts { wait: Some(FREE), create: Some(create), recycle: Some(FREE) })
                .runtime(Runtime::Tokio1)
                .build()
                .map_err(|error| StoreError::Unusable(format!("connections to the database: {error}")))
        };
        let this = Self {
            writer: pool(4, hosts.for_the_writer())?,
            others: pool(shared.connections.max(1), hosts.for_others())?,
            counting: Arc::default(),
            name: shared.name.clone(),
        };
        let mut client = this.client().await?;
        let done = timeout(UNHURRIED, migrate::to_latest(&mut client)).await;
        this.given_back(client, done, UNHURRIED)?;
        Ok(this)
    }

    pub async fn alone(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.counting).lock_owned().await
    }

    /// A connection for anything but the writer's rounds. What is asked on it is bounded in time, and then it is given back.
    async fn client(&self) -> Result<Client, PoolError> {
        self.others.get().await
    }

    /// The same for the writer.
    async fn writer(&self) -> Result<Client, PoolError> {
        self.writer.get().await
    }

    /// Ends what was asked on a connection. Of a server that is no use no connection is kept.
    fn given_back<T>(
        &self,
        client: Client,
        answer: Result<Result<T, StoreError>, Elapsed>,
        patience: Duration,
    ) -> Result<T, StoreError> {
        let answer = answer.unwrap_or(Err(StoreError::Silent(patience)));
        if answer.as_ref().is_err_and(is_of_no_use) {
            drop(Client::take(client));
            for pool in [&self.writer, &self.others] {
                pool.retain(|_, _| false);
            }
        }
        answer
    }

    /// What the writer looks up.
    async fn look_up(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        let client = self.writer().await?;
        let found = timeout(ANSWER, rows(&client, sql, parameters)).await;
        self.given_back(client, found, ANSWER)
    }

    async fn rows(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        for left in (0..TRIES).rev() {
            let client = self.client().await?;
            let found = timeout(ANSWER, rows(&client, sql, parameters)).await;
            match self.given_back(client, found, ANSWER) {
                Err(error) if left > 0 && must_repeat(&error) => {}
                done => return done,
            }
        }
        Ok(Vec::new())
    }

    async fn row(&self, sql: &str, parameters: Parameters<'_>) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, parameters).await?.into_iter().next())
    }

    /// Runs one statement; the number of rows it touched.
    async fn execute(&self, sql: &str, parameters: Parameters<'_>) -> Result<u64, StoreError> {
        for left in (0..TRIES).rev() {
            let client = self.client().await?;
            let done = timeout(ANSWER, execute(&client, sql, parameters)).await;
            match self.given_back(client, done, ANSWER) {
                Err(error) if left > 0 && must_repeat(&error) => {}
                done => return done,
            }
        }
        Ok(0)
    }

    /// Asks what takes as long as the ledger is large.
    async fn unhurried(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        let mut client = self.client().await?;
        let found = timeout(UNHURRIED, unhurried(&mut client, sql, parameters)).await;
        self.given_back(client, found, UNHURRIED)
    }
}

/// Whether the server behind a connection is not the one to talk to: it is silent, or it takes no writes (any more).
fn is_of_no_use(error: &StoreError) -> bool {
    match error {
        StoreError::Silent(_) => true,
        StoreError::Postgres(error) => error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION),
        _ => false,
    }
}

/// Two connectors waited for each other, or the database could not order them: nothing was done, and the next try may be.
fn must_repeat(error: &StoreError) -> bool {
    let repeat = [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE];
    let StoreError::Postgres(error) = error else { return false };
    error.code().is_some_and(|code| repeat.contains(code))
}

type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

async fn rows(client: &impl GenericClient, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, parameters).await?)
}

async fn execute(client: &Client, sql: &str, parameters: Parameters<'_>) -> Result<u64, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.execute(&statement, parameters).await?)
}

async fn unhurried(client: &mut Client, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
    let transaction = client.transaction().await?;
    transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
    let rows = transaction.query(sql, parameters).await?;
    transaction.commit().await?;
    Ok(rows)
}

/// A count or version as PostgreSQL keeps it.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count or version of a row.
fn count(row: &Row, column: usize) -> Result<u64, tokio_postgres::Error> {
    Ok(u64::try_from(row.try_get::<_, i64>(column)?).unwrap_or(0))
}

/// A small count of a row.
fn small(row: &Row, column: usize) -> Result<u32, tokio_postgres::Error> {
    Ok(u32::try_from(row.try_get::<_, i64>(column)?).unwrap_or(0))
}

/// An instant of a row.
fn instant(row: &Row, column: usize) -> Result<jiff::Timestamp, tokio_postgres::Error> {
    Ok(crate::clock::from_micros(row.try_get(column)?))
}
