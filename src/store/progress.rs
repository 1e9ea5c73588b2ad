//! What each destination has been told about each member: for comparing it with what is there, and for telling it again.

use jiff::Timestamp;

use super::{Store, StoreError};

/// How far one destination is with one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub brand: String,
    pub member: String,
    /// The last event that was delivered; 0 when nothing was.
    pub version: u64,
    /// The last event that is to be delivered.
    pub due: u64,
}

pub(super) const TOLD: &str =
    "SELECT brand, member, version_sent, version_due FROM feed WHERE destination = $1 ORDER BY brand, member";

impl Told {
    /// Nothing is on its way.
    pub fn is_settled(&self) -> bool {
        self.due <= self.version
    }
}

impl Store {
    /// Every member that a destination is to show, by brand and member.
    pub async fn told(&self, destination: &'static str) -> Result<Vec<Told>, StoreError> {
        match self {
            Self::Sqlite(db) => db.told(destination).await,
            Self::Postgres(db) => db.told(destination).await,
        }
    }

    /// Makes everything about these members due once more, from their first event; whoever serves sends it. How many
    /// members that are.
    pub async fn tell_again(
        &self,
        destination: &'static str,
        mut members: Vec<(String, String)>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        members.sort_unstable();
        members.dedup();
        match self {
            Self::Sqlite(db) => db.tell_again(destination, members, now).await,
            Self::Postgres(db) => db.tell_again(destination, members, now).await,
        }
    }
}
