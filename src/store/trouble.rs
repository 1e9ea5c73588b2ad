//! What went wrong in a database: whether the data is to blame, whether it is known what became of it, and what may be said
//! of it outside. A database's own words stay in the log.

use std::time::Duration;

use rusqlite::ErrorCode;
use tokio_postgres::error::SqlState;

use super::StoreError;

/// Whoever got this while committing does not know whether it was done.
pub fn not_known(error: impl Into<StoreError>) -> StoreError {
    StoreError::NotKnown(Box::new(error.into()))
}

impl StoreError {
    /// Whether it is what was to be written that cannot be: everything else can, and alone it is found.
    pub fn is_about_data(&self) -> bool {
        match self {
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(code) => {
                    matches!(code, ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig)
                }
                None => true, // the driver could not even ask
            },
            Self::Postgres(error) => match error.code() {
                // Data exceptions, integrity, limits of the program.
                Some(code) => ["22", "23", "54"].iter().any(|class| code.code().starts_with(class)),
                None => error.to_string().starts_with("error serializing"),
            },
            Self::Content(_) | Self::Raced(_) | Self::Near(_) | Self::Panicked => true,
            Self::NotKnown(_)
            | Self::Silent(_)
            | Self::Unreachable(_)
            | Self::Unusable(_)
            | Self::Migration(_)
            | Self::Newer { .. }
            | Self::ProgrammeTooNew { .. }
            | Self::Lost(_)
            | Self::Closed => false,
        }
    }

    /// For how long the database was asked in vain, if that is what it is.
    pub fn silence(&self) -> Option<Duration> {
        match self {
            Self::Silent(patience) => Some(*patience),
            Self::NotKnown(inner) => inner.silence(),
            _ => None,
        }
    }

    /// What a caller is told.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => "the disk of the data folder is full",
                Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
                    "the data folder cannot be written to: its disk is full or failing, or a file may not grow"
                }
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "the database is held by another program",
                _ => "the database failed",
            },
            Self::Postgres(error) => match error.code() {
                Some(code) if *code == SqlState::DISK_FULL => "the disk of the database is full",
                Some(_) => "the database failed",
                None => "the database cannot be reached",
            },
            Self::Unreachable(_) => "the database cannot be reached",
            Self::Silent(_) => "the database does not answer",
            Self::NotKnown(inner) => inner.reason(),
            Self::Raced(_) | Self::Lost(_) | Self::Near(_) => "somebody else changed the same meanwhile",
            Self::Closed => "the store has been closed",
            Self::ProgrammeTooNew { .. } => "a newer connector published the programme: start that one here too",
            Self::Content(_) | Self::Panicked | Self::Unusable(_) | Self::Migration(_) | Self::Newer { .. } => {
                "the database failed"
            }
        }
    }
}
