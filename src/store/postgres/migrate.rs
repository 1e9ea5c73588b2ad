//! Brings the tables up to date: each step once, in order, whole or not at all; one connector at a time.
//! A database that a newer version has been at is refused.

use deadpool_postgres::Client;

use crate::store::{StoreError, told};

/// Never edited once released: a change is a new step.
const STEPS: &[&str] = &[
    include_str!("../../../migrations/postgres/0001_ledger.sql"),
    include_str!("../../../migrations/postgres/0002_spending.sql"),
    include_str!("../../../migrations/postgres/0003_birthdays.sql"),
    include_str!("../../../migrations/postgres/0004_room.sql"),
    include_str!("../../../migrations/postgres/0005_receipts.sql"),
];

/// Any number, the same for all connectors.
const LOCK: i64 = 0x006c_6f79_616c_7479;

pub async fn to_latest(client: &mut Client) -> Result<(), StoreError> {
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    transaction.batch_execute("CREATE TABLE IF NOT EXISTS migration (step BIGINT PRIMARY KEY)").await?;
    let done: i64 = transaction.query_one("SELECT COALESCE(MAX(step), 0) FROM migration", &[]).await?.get(0);
    let done = usize::try_from(done).unwrap_or(usize::MAX);
    if done > STEPS.len() {
        let name = "the PostgreSQL database".to_owned();
        return Err(StoreError::Newer { name, version: done, known: STEPS.len() });
    }
    for (step, sql) in (1_i64..).zip(STEPS).skip(done) {
        transaction
            .batch_execute(sql)
            .await
            .map_err(|error| StoreError::Migration(format!("step {step}: {}", told(&error))))?;
        transaction.execute("INSERT INTO migration (step) VALUES ($1)", &[&step]).await?;
    }
    Ok(transaction.commit().await?)
}
