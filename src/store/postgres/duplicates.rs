//! Members that may be one person, in PostgreSQL.

use deadpool_postgres::Transaction;

use super::{Postgres, count, whole};
use crate::store::{
    Batch, StoreError,
    batch::{DuplicateRow, SettledRow},
    duplicates::{APART, COUNTS, Duplicate, OPEN, SETTLE, STATE},
};

/// A pair that is known already stays as it is: who was kept apart is not asked about again.
const NEW: &str = "INSERT INTO duplicate (brand, member, other, kind, recorded_at) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) AS n(brand, member, other, kind, at) \
    ORDER BY brand, member, other ON CONFLICT DO NOTHING";

pub(super) const STATEMENTS: [&str; 2] = [NEW, SETTLE];

pub(super) async fn write(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let all = &batch.duplicates;
    if !all.is_empty() {
        let of = |part: fn(&DuplicateRow) -> &str| all.iter().map(part).collect::<Vec<_>>();
        let (brands, members) = (of(|row| &row.brand), of(|row| &row.member));
        let (others, kinds) = (of(|row| &row.other), of(|row| row.kind));
        let recorded: Vec<i64> = all.iter().map(|row| row.recorded_at).collect();
        let statement = transaction.prepare_cached(NEW).await?;
        transaction.execute(&statement, &[&brands, &members, &others, &kinds, &recorded]).await?;
    }
    for SettledRow { pair, state } in &batch.settled {
        let statement = transaction.prepare_cached(SETTLE).await?;
        let DuplicateRow { brand, member, other, kind, recorded_at } = pair;
        transaction.execute(&statement, &[brand, member, other, kind, recorded_at, state]).await?;
    }
    Ok(())
}

impl Postgres {
    pub async fn duplicates(
        &self,
        brand: &str,
        after: [String; 2],
        limit: usize,
    ) -> Result<Vec<Duplicate>, StoreError> {
        let rows = self.rows(OPEN, &[&brand, &after[0], &after[1], &whole(limit as u64)]).await?;
        let duplicates = rows.iter().map(|row| {
            Ok(Duplicate {
                members: [row.try_get(0)?, row.try_get(1)?],
                kind: row.try_get(2)?,
                recorded_at: row.try_get(3)?,
            })
        });
        duplicates.collect()
    }

    pub async fn duplicate_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = self.rows(COUNTS, &[]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, count(row, 1)?))).collect()
    }

    pub async fn pair_state(&self, brand: &str, pair: [String; 2]) -> Result<Option<String>, StoreError> {
        let row = self.row(STATE, &[&brand, &pair[0], &pair[1]]).await?;
        row.map(|row| Ok(row.try_get(0)?)).transpose()
    }

    pub async fn keep_apart(
        &self,
        brand: &str,
        pair: [String; 2],
        settled: (String, String),
    ) -> Result<bool, StoreError> {
        let ([member, other], (by, reason)) = (&pair, &settled);
        Ok(self.execute(APART, &[by, reason, &brand, member, other]).await? > 0)
    }
}
