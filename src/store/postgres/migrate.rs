//! Brings the tables up to date: each step once, in order, whole or not at all; one connector at a time. Stopped at any moment
//! and run again, it goes on. A database that a newer version has been at is refused.

use deadpool_postgres::Client;
use tokio_postgres::error::SqlState;

use super::whole;
use crate::store::{StoreError, innermost};

/// Never edited once released: a change is a new step, one that may find itself half done (`IF NOT EXISTS`).
const STEPS: &[&str] = &[
    include_str!("../../../migrations/postgres/0001_ledger.sql"),
    include_str!("../../../migrations/postgres/0002_spending.sql"),
    include_str!("../../../migrations/postgres/0003_birthdays.sql"),
    include_str!("../../../migrations/postgres/0004_room.sql"),
    include_str!("../../../migrations/postgres/0005_receipts.sql"),
    include_str!("../../../migrations/postgres/0006_search.sql"),
    include_str!("../../../migrations/postgres/0007_names.sql"),
    include_str!("../../../migrations/postgres/0008_snapshots.sql"),
    include_str!("../../../migrations/postgres/0009_duplicates.sql"),
    include_str!("../../../migrations/postgres/0010_member_first.sql"),
    include_str!("../../../migrations/postgres/0011_note_of_version.sql"),
];

/// One step at a time, so that what stops half-way goes on where it stopped. Who holds row 0 makes the next step; others wait.
const NEXT: &str = "INSERT INTO migration (step) VALUES (0) ON CONFLICT DO NOTHING; \
                    SELECT step FROM migration WHERE step = 0 FOR UPDATE";

pub async fn to_latest(client: &mut Client) -> Result<(), StoreError> {
    begin(client).await?;
    while step(client).await? {}
    Ok(())
}

/// The table of the steps that are done. Two connectors may make it at once: then one of them finds it made.
async fn begin(client: &Client) -> Result<(), StoreError> {
    let create = "CREATE TABLE IF NOT EXISTS migration (step BIGINT PRIMARY KEY)";
    if let Err(error) = client.batch_execute(create).await {
        let others = [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT];
        if !error.code().is_some_and(|code| others.contains(code)) {
            return Err(error.into());
        }
    }
    Ok(())
}

/// Makes the next step, in a commit of its own. False when there is none.
async fn step(client: &mut Client) -> Result<bool, StoreError> {
    let transaction = client.transaction().await?;
    transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
    transaction.batch_execute(NEXT).await?;
    let done: i64 = transaction.query_one("SELECT COALESCE(MAX(step), 0) FROM migration", &[]).await?.try_get(0)?;
    let done = usize::try_from(done).unwrap_or(usize::MAX);
    if done > STEPS.len() {
        let name = "the PostgreSQL database".to_owned();
        return Err(StoreError::Newer { name, version: done, known: STEPS.len() });
    }
    let Some(sql) = STEPS.get(done) else { return Ok(false) };
    let number = done + 1;
    transaction
        .batch_execute(sql)
        .await
        .map_err(|error| StoreError::Migration(format!("step {number}: {}", innermost(&error))))?;
    crate::fault::point("inside a migration");
    transaction.execute("INSERT INTO migration (step) VALUES ($1)", &[&whole(number as u64)]).await?;
    transaction.commit().await?;
    Ok(true)
}
