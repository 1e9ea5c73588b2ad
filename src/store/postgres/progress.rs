//! How far destinations are, in PostgreSQL.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::{Postgres, count, whole};
use crate::{
    clock::to_micros,
    store::{
        StoreError,
        progress::{FeedProgress, PROGRESS, PROGRESS_AFTER},
    },
};

/// `UNNEST` keeps the members in pairs; rows are taken in order of key, as everywhere.
const TELL_AGAIN: &str = "INSERT INTO feed (destination, brand, member, version_due, due_at) \
    SELECT $1, e.brand, e.member, MAX(e.version), $4 FROM event e \
    JOIN UNNEST($2::text[], $3::text[]) AS wanted (brand, member) ON e.brand = wanted.brand AND e.member = wanted.member \
    GROUP BY e.brand, e.member ORDER BY e.brand, e.member \
    ON CONFLICT (destination, brand, member) DO UPDATE \
    SET version_sent = 0, attempts = 0, state = 'due', due_at = excluded.due_at RETURNING 1";

const WITH: &str = "SELECT f.brand, f.member, f.version_sent, f.version_due FROM feed f \
    JOIN UNNEST($2::text[], $3::text[]) WITH ORDINALITY AS wanted (brand, member, place) \
    ON f.brand = wanted.brand AND f.member = wanted.member WHERE f.destination = $1 ORDER BY wanted.place";

impl Postgres {
    pub async fn progress(&self, destination: &'static str) -> Result<Vec<FeedProgress>, StoreError> {
        let rows = self.unhurried(PROGRESS, &[&destination]).await?;
        rows.iter().map(read).collect()
    }

    pub async fn progress_after(
        &self,
        destination: &'static str,
        (brand, member): (String, String),
        limit: usize,
    ) -> Result<Vec<FeedProgress>, StoreError> {
        let rows = self.rows(PROGRESS_AFTER, &[&destination, &brand, &member, &whole(limit as u64)]).await?;
        rows.iter().map(read).collect()
    }

    pub async fn progress_with(
        &self,
        destination: &'static str,
        members: Vec<(String, String)>,
    ) -> Result<Vec<FeedProgress>, StoreError> {
        let (brands, members): (Vec<String>, Vec<String>) = members.into_iter().unzip();
        let rows = self.rows(WITH, &[&destination, &brands, &members]).await?;
        rows.iter().map(read).collect()
    }

    pub async fn deliver_again(
        &self,
        destination: &'static str,
        members: Vec<(String, String)>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let (brands, members): (Vec<String>, Vec<String>) = members.into_iter().unzip();
        Ok(self.unhurried(TELL_AGAIN, &[&destination, &brands, &members, &to_micros(now)]).await?.len())
    }
}

fn read(row: &Row) -> Result<FeedProgress, StoreError> {
    let (version, due) = (count(row, 2)?, count(row, 3)?);
    Ok(FeedProgress { brand: row.try_get(0)?, member: row.try_get(1)?, version, due })
}
