//! How things stood, in PostgreSQL.

use super::{Postgres, audit::event, find::Draft, whole};
use crate::{
    loyalty::Member,
    store::{
        EventRow, StoreError,
        past::{LAST_OF_ORDER, Moment},
    },
};

/// The columns are those that are read of a whole stream.
const ROWS: &str = "SELECT version, source, id, type, occurred_at, recorded_at, data, hash, order_id, given, entries, \
    changes, receipt, chain FROM event WHERE brand = $1 AND member = $2";

/// The nearest kept document, with the first of the events after it, and these. The columns are those of a document that is
/// put together.
const DOCUMENT: &str = "WITH kept AS (SELECT version, document FROM (\
    SELECT version, document FROM member WHERE brand = $1 AND id = $2 AND version <= $3 UNION ALL \
    (SELECT version, document FROM snapshot WHERE brand = $1 AND member = $2 AND version <= $3 ORDER BY block DESC LIMIT 1)\
    ) both_of_them ORDER BY version DESC LIMIT 1) \
    SELECT 1::bigint, k.version, \
    CASE WHEN e.version IS NULL OR e.version = k.version + 1 THEN k.document END, \
    e.version, e.changes, e.chain, NULL::bytea, NULL::text \
    FROM (SELECT 1) one LEFT JOIN kept k ON true \
    LEFT JOIN event e ON e.brand = $1 AND e.member = $2 AND e.version > COALESCE(k.version, 0) AND e.version <= $3 \
    ORDER BY e.version";

impl Postgres {
    pub async fn moment(&self, brand: &str, member: &str, version: u64) -> Result<Option<Moment>, StoreError> {
        let one = self.rows(&format!("{ROWS} AND version = $3"), &[&brand, &member, &whole(version)]).await?;
        let Some(row) = one.first().map(|row| event(row, brand, member)).transpose()? else { return Ok(None) };
        let before = if version > 1 { self.member_at(brand, member, version - 1).await? } else { None };
        let of_order = match &row.order_id {
            None => Vec::new(),
            Some(order) => {
                let earlier = format!("{ROWS} AND version < $3 AND order_id = $4 ORDER BY version");
                let rows = self.rows(&earlier, &[&brand, &member, &whole(version), order]).await?;
                rows.iter().map(|row| event(row, brand, member)).collect::<Result<Vec<EventRow>, _>>()?
            }
        };
        Ok(Some(Moment { row, before, of_order }))
    }

    pub async fn last_of_order(
        &self,
        brand: &str,
        member: &str,
        order: &str,
        before: u64,
    ) -> Result<Option<u64>, StoreError> {
        let row = self.row(LAST_OF_ORDER, &[&brand, &member, &order, &whole(before)]).await?;
        let version: Option<i64> = row.map(|row| row.try_get(0)).transpose()?.flatten();
        Ok(version.and_then(|version| u64::try_from(version).ok()))
    }

    pub async fn member_at(&self, brand: &str, member: &str, version: u64) -> Result<Option<Member>, StoreError> {
        let mut draft = Draft::default();
        for row in &self.rows(DOCUMENT, &[&brand, &member, &whole(version)]).await? {
            draft.add(row)?;
        }
        Ok(draft.finish()?.map(|loaded| loaded.member))
    }
}
