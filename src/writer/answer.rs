//! What a caller is told: what was accepted, or why not, and whether anything of it can have been stored.

use crate::{
    loyalty::{Refusal, receipt::Receipt},
    store::StoreError,
};

/// What the caller is told after the commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    pub receipt: Receipt,
}

pub type Answer = Result<Accepted, NotAccepted>;

/// Why an event was not accepted. Nothing of it was stored, but for `NotKnown`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotAccepted {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("`{id}` from {source_name} is known with other content")]
    Conflict { source_name: String, id: String },
    #[error("no member is known by {0}")]
    UnknownMember(String),
    #[error("brand `{0}` has no programme yet")]
    NoProgramme(String),
    /// More than fits wants to be written: a moment later there is room.
    #[error("too much is waiting to be written")]
    Busy,
    /// The process comes to an end, or its writer did.
    #[error("the service is stopping")]
    Stopping,
    #[error("{0}")]
    ClockJumped(String),
    #[error("it could not be stored: {0}")]
    Unavailable(String),
    /// It broke off while it was being written.
    #[error("it is not known whether it was stored: {0}")]
    NotKnown(String),
    /// This one event, alone, cannot be decided or written: an error of ours.
    #[error("this event cannot be decided or written")]
    Broken,
}

impl NotAccepted {
    /// Whether the same event may be accepted a moment later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Busy | Self::Stopping | Self::ClockJumped(_) | Self::Unavailable(_) | Self::NotKnown(_) => true,
            Self::Refused(_) | Self::Conflict { .. } | Self::UnknownMember(_) | Self::NoProgramme(_) | Self::Broken => {
                false
            }
        }
    }

    /// The writer ended before it answered.
    pub fn unanswered() -> Self {
        Self::NotKnown("the writer ended before it answered".to_owned())
    }
}

impl From<serde_json::Error> for NotAccepted {
    fn from(error: serde_json::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// A database's own words stay in the log.
impl From<&StoreError> for NotAccepted {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::NotKnown(_) => Self::NotKnown(error.reason().to_owned()),
            StoreError::Closed => Self::Stopping,
            error if error.is_about_data() => Self::Broken,
            error => Self::Unavailable(error.reason().to_owned()),
        }
    }
}
