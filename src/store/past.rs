//! How things stood before an event: the member's nearest kept document with what was recorded since, and the earlier rows of
//! the event's order. Nothing is decided here, and no more is read than that.

use super::{EventRow, Store, StoreError};
use crate::loyalty::Member;

/// One event's row and what was before it.
#[derive(Debug)]
pub struct Moment {
    pub row: EventRow,
    /// `None` before the first event.
    pub before: Option<Member>,
    /// Earlier rows of the member about the same order, oldest first.
    pub of_order: Vec<EventRow>,
}

/// Of so many versions one document is kept for good: the first that is written.
const KEPT_OF: u64 = 256;

/// The block whose document this version's is, where it is the first of its block that is written; none in the first block.
pub(super) fn block(version: u64) -> Option<u64> {
    (version >= KEPT_OF).then_some(version / KEPT_OF)
}

pub(super) const LAST_OF_ORDER: &str =
    "SELECT MAX(version) FROM event WHERE brand = $1 AND member = $2 AND order_id = $3 AND version < $4";

impl Store {
    /// The event that brought the member to this version, and what was before; `None` when there is none.
    pub async fn moment(&self, brand: &str, member: &str, version: u64) -> Result<Option<Moment>, StoreError> {
        match self {
            Self::Sqlite(db) => db.moment(brand, member, version).await,
            Self::Postgres(db) => db.moment(brand, member, version).await,
        }
    }

    /// The newest of a member's versions before this one that is about an order.
    pub async fn last_of_order(
        &self,
        brand: &str,
        member: &str,
        order: &str,
        before: u64,
    ) -> Result<Option<u64>, StoreError> {
        match self {
            Self::Sqlite(db) => db.last_of_order(brand, member, order, before).await,
            Self::Postgres(db) => db.last_of_order(brand, member, order, before).await,
        }
    }

    /// The member's document as of a version.
    pub async fn member_at(&self, brand: &str, member: &str, version: u64) -> Result<Option<Member>, StoreError> {
        match self {
            Self::Sqlite(db) => db.member_at(brand, member, version).await,
            Self::Postgres(db) => db.member_at(brand, member, version).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_document_is_kept_of_each_256_versions() {
        assert_eq!(block(255), None);
        assert_eq!([256, 511, 512].map(block), [Some(1), Some(1), Some(2)]);
    }
}
