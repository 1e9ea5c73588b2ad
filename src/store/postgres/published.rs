//! Programme versions in PostgreSQL: any connector may publish, all decide with the newest.

use jiff::Timestamp;

use super::{Postgres, instant, small};
use crate::{
    clock::to_micros,
    store::{
        StoreError,
        published::{ALL, NEWEST, PUBLISH, PublishedRows},
    },
};

const NEWER: &str = "SELECT p.brand, p.version, p.effective_at, p.content FROM programme p \
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

    /// The number of the version with this content, and whether it was made by this call. Whoever comes second with the same
    /// number looks again.
    pub async fn publish(&self, brand: &str, content: String, now: Timestamp) -> Result<(u32, bool), StoreError> {
        loop {
            let newest = self.row(NEWEST, &[&brand]).await?;
            let number = match &newest {
                Some(row) if row.try_get::<_, &str>(1)? == content => return Ok((small(row, 0)?, false)),
                Some(row) => small(row, 0)? + 1,
                None => 1,
            };
            if self.execute(PUBLISH, &[&brand, &i64::from(number), &to_micros(now), &content]).await? == 1 {
                return Ok((number, true));
            }
        }
    }
}

fn published(row: &tokio_postgres::Row) -> Result<PublishedRows, StoreError> {
    let (number, effective_at) = (small(row, 1)?, instant(row, 2)?);
    Ok(PublishedRows { brand: row.try_get(0)?, number, effective_at, content: row.try_get(3)? })
}
