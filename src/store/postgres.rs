//! PostgreSQL: what several connectors share. The writer has a connection of its own, everybody else takes one of a pool.
//! `synchronous_commit=on`: what COMMIT acknowledged survives a crash of the server.

use std::{sync::Arc, time::Duration};

use deadpool_postgres::{
    Client, GenericClient, Hook, HookError, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime, Timeouts,
};
use secrecy::ExposeSecret;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_postgres::{Config, Row, types::ToSql};

use super::{Shared, StoreError};

mod audit;
mod batch;
mod dead_letters;
mod deliveries;
mod events;
mod find;
mod keys;
mod messages;
mod migrate;
mod programmes;
mod reads;
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

/// Longest wait for a free connection or for the server to accept one.
const CONNECT: Duration = Duration::from_secs(5);

/// Whatever the server's settings say. Every statement ends, so that a commit is never older than a few minutes: anchors
/// rest on that.
const SESSION: &str = "SET synchronous_commit = on; SET statement_timeout = '60s'; \
                       SET idle_in_transaction_session_timeout = '60s'; SET TIME ZONE 'UTC'";

/// The writer only looks up keys: a plan made while a table was nearly empty must not read all of it later.
const WRITER: &str = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; \
                      SET enable_mergejoin = off; SET jit = off";

impl Postgres {
    /// Connects, and brings the tables up to date.
    pub async fn open(shared: &Shared) -> Result<Self, StoreError> {
        // Not said what is wrong with it: parts of it are secret.
        let mut config: Config = shared.url.expose_secret().parse().map_err(|_| {
            StoreError::Unusable("setting store.url: must be postgres://USER:PASSWORD@HOST/DATABASE".to_owned())
        })?;
        config.application_name("loyalty").connect_timeout(CONNECT);
        let tls = tls::connector(shared.ca_certificates.as_deref())?;
        let pool = |size: usize, session: String| {
            let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
            Pool::builder(Manager::from_config(config.clone(), tls.clone(), manager))
                .max_size(size)
                .timeouts(Timeouts { wait: Some(CONNECT), create: Some(CONNECT), recycle: Some(CONNECT) })
                .runtime(Runtime::Tokio1)
                .post_create(Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
                    let session = session.clone();
                    Box::pin(async move { client.batch_execute(&session).await.map_err(HookError::Backend) })
                }))
                .build()
                .map_err(|error| StoreError::Migration(error.to_string()))
        };
        let this = Self {
            writer: pool(4, format!("{SESSION}; {WRITER}"))?,
            others: pool(shared.connections.max(1), SESSION.to_owned())?,
            counting: Arc::default(),
            name: shared.name.clone(),
        };
        migrate::to_latest(&mut this.client().await?).await?;
        Ok(this)
    }

    pub async fn alone(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.counting).lock_owned().await
    }

    /// A connection for anything but the writer's rounds.
    async fn client(&self) -> Result<Client, PoolError> {
        self.others.get().await
    }

    /// The writer's connection.
    async fn writer(&self) -> Result<Client, PoolError> {
        self.writer.get().await
    }

    async fn rows(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        rows(&self.client().await?, sql, parameters).await
    }

    async fn row(&self, sql: &str, parameters: Parameters<'_>) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, parameters).await?.into_iter().next())
    }

    /// Runs one statement; the number of rows it touched.
    async fn execute(&self, sql: &str, parameters: Parameters<'_>) -> Result<u64, StoreError> {
        let client = self.client().await?;
        let statement = client.prepare_cached(sql).await?;
        Ok(client.execute(&statement, parameters).await?)
    }
}

type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

async fn rows(client: &impl GenericClient, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, parameters).await?)
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
