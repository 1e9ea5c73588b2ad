//! PostgreSQL: what several connectors share. The writer has connections of its own, everybody else takes one of a pool.
//! Guarantees: what COMMIT acknowledged survives a crash of the server; nobody waits for an answer for ever: a connection that
//! gives none in time is left, with all that were made before it, so that the next one finds the server that answers.

use std::sync::Arc;

use deadpool_postgres::{Client, GenericClient};
use secrecy::ExposeSecret;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_postgres::{Config, Row, error::SqlState, types::ToSql};

use super::{Shared, StoreError, whole};
use connect::Hosts;
use connections::Connections;

mod audit;
mod batch;
mod connect;
mod connections;
mod counters;
mod dead_letters;
mod deliveries;
mod duplicates;
mod engine;
mod events;
mod find;
mod keys;
mod messages;
mod migrate;
mod names;
mod past;
mod progress;
mod published;
mod reads;
mod search;
mod statistics;
mod sweep;
mod tls;
mod window;

/// Handle to one database.
#[derive(Clone)]
pub struct Postgres {
    connections: Connections,
    /// How many hosts the address names.
    hosts: usize,
    counting: Arc<Mutex<()>>,
    commits: Arc<statistics::Commits>,
    /// Of this connector among those that share the database.
    name: String,
}

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
        let this = Self {
            connections: Connections::to(&config, &hosts, shared.connections)?,
            hosts: hosts.count(),
            counting: Arc::default(),
            commits: Arc::default(),
            name: shared.name.clone(),
        };
        this.connections.ask_unhurried(async |client| migrate::to_latest(client).await).await?;
        Ok(this)
    }

    pub async fn alone(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.counting).lock_owned().await
    }

    /// What the writer looks up.
    async fn look_up(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        self.connections.ask_for_the_writer(async |client| rows(client, sql, parameters).await).await
    }

    async fn rows(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        for left in (0..TRIES).rev() {
            match self.connections.ask(async |client| rows(client, sql, parameters).await).await {
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
            match self.connections.ask(async |client| execute(client, sql, parameters).await).await {
                Err(error) if left > 0 && must_repeat(&error) => {}
                done => return done,
            }
        }
        Ok(0)
    }

    /// Asks what takes as long as the ledger is large.
    async fn unhurried(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        self.connections.ask_unhurried(async |client| unhurried(client, sql, parameters).await).await
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
