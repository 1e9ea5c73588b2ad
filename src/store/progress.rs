//! How far each destination is with each member: for comparing it with what is there, and for delivering it again.

use jiff::Timestamp;

use super::{Store, StoreError};

/// How far one destination is with one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedProgress {
    pub brand: String,
    pub member: String,
    /// The last event that was delivered; 0 when nothing was.
    pub version: u64,
    /// The last event that is to be delivered.
    pub due: u64,
}

pub(super) const PROGRESS: &str =
    "SELECT brand, member, version_sent, version_due FROM feed WHERE destination = $1 ORDER BY brand, member";

impl FeedProgress {
    /// Nothing is on its way.
    pub fn is_settled(&self) -> bool {
        self.due <= self.version
    }
}

impl Store {
    /// Every member that a destination is to show, by brand and member.
    pub async fn progress(&self, destination: &'static str) -> Result<Vec<FeedProgress>, StoreError> {
        match self {
            Self::Sqlite(db) => db.progress(destination).await,
            Self::Postgres(db) => db.progress(destination).await,
        }
    }

    /// Makes everything about these members due once more, from their first event; whoever serves sends it. How many
    /// members that are.
    pub async fn deliver_again(
        &self,
        destination: &'static str,
        mut members: Vec<(String, String)>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        members.sort_unstable();
        members.dedup();
        match self {
            Self::Sqlite(db) => db.deliver_again(destination, members, now).await,
            Self::Postgres(db) => db.deliver_again(destination, members, now).await,
        }
    }
}
