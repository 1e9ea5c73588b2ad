//! What the database knows of its tables while they are young. It counts by itself about once a minute; until then it takes a
//! look-up that reads a whole brand for as cheap as one by key, so no plan is kept before they have been counted.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Postgres, StoreError};

/// Commits after which tables that are still small are counted: some hundred orders, some thousand, ten thousand.
const AFTER: [u64; 3] = [64, 256, 1024];

/// Rows of `event` beyond which the database counts well by itself.
const YOUNG: f32 = 50_000.0;

const COUNT: &str = "ANALYZE event, \"order\", member, identity, person, feed, intent";

/// Commits of this process.
#[derive(Default)]
pub struct Commits(AtomicU64);

impl Postgres {
    /// Has the tables counted early. An answer is not waited for by anybody but the writer; one that fails costs nothing.
    pub async fn count_while_young(&self) {
        let commits = self.commits.0.fetch_add(1, Ordering::Relaxed) + 1;
        if AFTER.contains(&commits)
            && let Err(error) = self.count_tables().await
        {
            tracing::debug!(%error, "the tables were not counted");
        }
    }

    async fn count_tables(&self) -> Result<(), StoreError> {
        let row = self.row("SELECT reltuples FROM pg_class WHERE oid = 'event'::regclass", &[]).await?;
        if row.is_some_and(|row| row.try_get::<_, f32>(0).is_ok_and(|rows| rows < YOUNG)) {
            self.connections.ask(async |client| Ok(client.batch_execute(COUNT).await?)).await?;
            self.connections.renew_the_writer();
        }
        Ok(())
    }
}
