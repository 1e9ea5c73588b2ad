//! How far each destination is with each member: for comparing it with what is there, and for delivering it again.

use jiff::Timestamp;

use super::{EventRow, FeedItem, Store, StoreError};

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

/// After one member, at most so many.
pub(super) const PROGRESS_AFTER: &str = "SELECT brand, member, version_sent, version_due FROM feed \
    WHERE destination = $1 AND (brand, member) > ($2, $3) ORDER BY brand, member LIMIT $4";
pub(super) const PROGRESS_WITH: &str = "SELECT brand, member, version_sent, version_due FROM feed \
    WHERE destination = $1 AND brand = $2 AND member = $3";

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

    /// The same of the next ones after `(brand, member)`, at most `limit`.
    pub async fn progress_after(
        &self,
        destination: &'static str,
        after: (String, String),
        limit: usize,
    ) -> Result<Vec<FeedProgress>, StoreError> {
        match self {
            Self::Sqlite(db) => db.progress_after(destination, after, limit).await,
            Self::Postgres(db) => db.progress_after(destination, after, limit).await,
        }
    }

    /// The same of these members, as far as the destination is to show them.
    pub async fn progress_with(
        &self,
        destination: &'static str,
        members: Vec<(String, String)>,
    ) -> Result<Vec<FeedProgress>, StoreError> {
        match self {
            Self::Sqlite(db) => db.progress_with(destination, members).await,
            Self::Postgres(db) => db.progress_with(destination, members).await,
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

    /// What was delivered of these members, once more.
    pub async fn delivered(&self, progress: &[FeedProgress]) -> Result<Vec<FeedItem>, StoreError> {
        let members: Vec<_> = progress.iter().map(|one| (one.brand.clone(), one.member.clone())).collect();
        let loaded = self.load(members.clone()).await?;
        let streams = self.streams_of(members).await?;
        let mut items = Vec::with_capacity(progress.len());
        for ((progress, loaded), stream) in progress.iter().zip(loaded).zip(streams) {
            let Some(loaded) = loaded else { continue };
            let rows = stream.rows.iter().filter(|row| row.version <= progress.version);
            let events = rows.map(EventRow::stored).collect::<Result<Vec<_>, _>>()?;
            let (member, person) = (stream.document.unwrap_or(loaded.member), loaded.person);
            let (brand, version_due) = (progress.brand.clone(), progress.version);
            items.push(FeedItem { brand, member, person, events, version_due, attempt: 1 });
        }
        Ok(items)
    }
}
