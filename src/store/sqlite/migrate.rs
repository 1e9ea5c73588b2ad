//! Brings a database file up to date: each step once, in order, whole or not at all. What an older version wrote is copied
//! first; what a newer version wrote is refused.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::{StoreError, copy::copy};
use crate::clock::{Clock, SystemClock};

/// Never edited once released: a change is a new step.
static STEPS: &[&str] = &[
    include_str!("../../../migrations/sqlite/0001_ledger.sql"),
    include_str!("../../../migrations/sqlite/0002_spending.sql"),
    include_str!("../../../migrations/sqlite/0003_documents_in_rows.sql"),
    include_str!("../../../migrations/sqlite/0004_birthdays.sql"),
    include_str!("../../../migrations/sqlite/0005_receipts.sql"),
    include_str!("../../../migrations/sqlite/0006_search.sql"),
    include_str!("../../../migrations/sqlite/0007_names.sql"),
    include_str!("../../../migrations/sqlite/0008_snapshots.sql"),
    include_str!("../../../migrations/sqlite/0009_duplicates.sql"),
    include_str!("../../../migrations/sqlite/0010_note_of_version.sql"),
];

/// The version of databases that this program writes.
pub fn known() -> usize {
    STEPS.len()
}

/// The version of a database; 0 for an empty one.
pub fn version(connection: &Connection) -> Result<usize, StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

pub fn to_latest(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let version = version(connection)?;
    refuse_newer(version, &path.display().to_string())?;
    if (1..known()).contains(&version) {
        let copied = beside(path, version);
        if !copied.exists() {
            copy(connection, &copied)?; // else another process is just doing the same
        }
        tracing::warn!(
            "the database is brought from version {version} to {}; it was copied to {} before",
            known(),
            copied.display()
        );
    }
    let steps = STEPS.iter().map(|sql| M::up(sql)).collect();
    let done = Migrations::new(steps).to_latest(connection);
    done.map_err(|error| StoreError::Migration(format!("{}: {error}", path.display())))
}

/// What a newer version wrote is not understood here.
pub fn refuse_newer(version: usize, name: &str) -> Result<(), StoreError> {
    if version <= known() {
        return Ok(());
    }
    Err(StoreError::Newer { name: name.to_owned(), version, known: known() })
}

/// `loyalty.db.v1-20261123T092000Z`
fn beside(path: &Path, version: usize) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".v{version}-{}", SystemClock.now().strftime("%Y%m%dT%H%M%SZ")));
    path.with_file_name(name)
}
