//! Programme versions in PostgreSQL: any connector may publish, all decide with the newest.

use jiff::Timestamp;

use super::{Postgres, instant, small};
use crate::{
    clock::to_micros,
    store::{
        StoreError,
        published::{ALL, Kept, NEWEST, NewVersion, PUBLISH, PublishedRows},
    },
};

const NEWER: &str = "SELECT p.brand, p.version, p.effective_at, p.content, p.note FROM programme p \
    LEFT JOIN unnest($1::text[], $2::bigint[]) AS k(brand, version) ON k.brand = p.brand \
    WHERE k.brand IS NULL OR p.version > k.version ORDER BY p.brand, p.version";

impl Postgres {
    pub async fn published(&self) -> Result<Vec<PublishedRows>, StoreError> {
        self.rows(ALL, &[]).await?.iter().map(published).collect()
    }

    /// Versions above the known ones.
    pub async fn newer(&self, known: Vec<(String, u32)>) -> Result<Vec<PublishedRows>, StoreError> {
        let (brands, versions): (Vec<String>, Vec<i64>) =
            known.into_iter().map(|(brand, version)| (brand, i64::from(version))).unzip();
        self.look_up(NEWER, &[&brands, &versions]).await?.iter().map(published).collect()
    }

    /// Whoever comes second with the same number looks again.
    pub async fn publish(&self, brand: &str, version: NewVersion, now: Timestamp) -> Result<Kept, StoreError> {
        loop {
            let newest = self.row(NEWEST, &[&brand]).await?;
            let newest =
                newest.as_ref().map(|row| Ok::<_, StoreError>((small(row, 0)?, row.try_get(1)?))).transpose()?;
            let number = match version.number(newest) {
                Ok(number) => number,
                Err(kept) => return Ok(kept),
            };
            let NewVersion { content, note, .. } = &version;
            if self.execute(PUBLISH, &[&brand, &i64::from(number), &to_micros(now), content, note]).await? == 1 {
                return Ok(Kept::New(number));
            }
        }
    }
}

fn published(row: &tokio_postgres::Row) -> Result<PublishedRows, StoreError> {
    let (number, effective_at) = (small(row, 1)?, instant(row, 2)?);
    let (brand, content, note) = (row.try_get(0)?, row.try_get(3)?, row.try_get(4)?);
    Ok(PublishedRows { brand, number, effective_at, content, note })
}
