//! Rows of `Points` and `Claims` that are older than the setting `nocodb.points_kept` go from NocoDB; the ledger keeps what happened.
//! Guarantees: what goes is neither sent again nor missed: one function says what is kept.

use jiff::{Timestamp, tz::TimeZone};

use super::{
    Nocodb, TableIds,
    beside::CLAIMS,
    client::{CallError, ROWS_PER_CALL},
    columns::{ID, OfClaims, OfPoints},
    map,
    show::POINTS,
};
use crate::programme::tables::Columns;

/// Rows that go at one time.
const AT_ONCE: usize = 1000;

impl Nocodb {
    /// The beginning of what is kept, if there is one.
    fn kept_from(&self, now: Timestamp) -> Option<Timestamp> {
        self.points_kept.map(|kept| kept.before(now, &TimeZone::UTC))
    }

    /// Whether an entry of what happened then has its row.
    pub(super) fn keeps(&self, occurred_at: Timestamp, now: Timestamp) -> bool {
        self.kept_from(now).is_none_or(|from| occurred_at >= from)
    }

    /// Deletes rows of before, at most so many that nobody waits for it; how many.
    pub(super) async fn trim(&self, ids: &TableIds, now: Timestamp) -> Result<usize, CallError> {
        let Some(from) = self.kept_from(now) else { return Ok(0) };
        let mut trimmed = 0;
        for (table, column) in [(POINTS, OfPoints::OccurredAt.title()), (CLAIMS, OfClaims::When.title())] {
            let Some(table) = ids.get(table) else { continue };
            let filter = format!("({column},lt,exactDate,{})", map::instant(from));
            let (rows, _) = self.client.some(table, &[ID], &filter, (AT_ONCE, 0)).await?;
            let rows: Vec<u64> = rows.iter().map(map::id).collect();
            for some in rows.chunks(ROWS_PER_CALL) {
                match self.client.delete(table, some).await {
                    Err(CallError::Gone(_)) => {} // somebody else deletes, too
                    other => other?,
                }
            }
            trimmed += rows.len();
        }
        Ok(trimmed)
    }
}
