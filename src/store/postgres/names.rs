//! Names that were told, in PostgreSQL.

use std::collections::BTreeSet;

use tokio_postgres::GenericClient;

use super::{Postgres, count};
use crate::{
    store::{StoreError, names::NameRow},
    values::bounds::NAMES_KEPT,
};

/// Those that are new, in the order in which they came, as many as there is room for.
const NAMES: &str = "INSERT INTO name_seen (brand, kind, name, spelled) \
    SELECT n.brand, n.kind, n.name, n.spelled FROM (SELECT n.*, \
    ROW_NUMBER() OVER (PARTITION BY n.brand, n.kind ORDER BY n.place) AS number FROM \
    unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS n(brand, kind, name, spelled, place) \
    WHERE NOT EXISTS (SELECT 1 FROM name_seen s WHERE s.brand = n.brand AND s.kind = n.kind AND s.name = n.name)) n \
    WHERE n.number + (SELECT COUNT(*) FROM name_seen s WHERE s.brand = n.brand AND s.kind = n.kind) <= $5 \
    ORDER BY n.brand, n.kind, n.name ON CONFLICT DO NOTHING";

impl Postgres {
    pub async fn names_seen(&self, brand: &str) -> Result<Vec<(String, String)>, StoreError> {
        let rows = self.rows("SELECT kind, spelled FROM name_seen WHERE brand = $1", &[&brand]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Orders of a brand, counted up to `most`.
    pub async fn orders_up_to(&self, brand: &str, most: usize) -> Result<usize, StoreError> {
        let select = "SELECT COUNT(*) FROM (SELECT 1 FROM \"order\" WHERE brand = $1 LIMIT $2) AS kept";
        let rows = self.rows(select, &[&brand, &i64::try_from(most).unwrap_or(i64::MAX)]).await?;
        let orders = rows.first().map_or(Ok(0), |row| count(row, 0))?;
        Ok(usize::try_from(orders).unwrap_or(most))
    }

    /// Brand, type and content of the newest events, while no name is kept.
    pub async fn facts_without_names(&self, most: i64) -> Result<Vec<(String, String, String)>, StoreError> {
        let select = "SELECT brand, type, data FROM event WHERE NOT EXISTS (SELECT 1 FROM name_seen) \
             ORDER BY recorded_at DESC LIMIT $1";
        let rows = self.unhurried(select, &[&most]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
    }

    pub async fn keep_names(&self, rows: &[NameRow]) -> Result<(), StoreError> {
        self.connections.ask(async |client| write_names(&***client, rows).await).await
    }

    /// As far as the members' snapshots know. Documents are compact JSON.
    pub async fn members_of_tier(&self, brand: &str, tier: &str) -> Result<u64, StoreError> {
        let part = format!("\"tier\":{{\"id\":{}", serde_json::Value::from(tier));
        let select = "SELECT COUNT(*) FROM member WHERE brand = $1 AND strpos(document, $2) > 0";
        let rows = self.unhurried(select, &[&brand, &part]).await?;
        rows.first().map_or(Ok(0), |row| Ok(count(row, 0)?))
    }
}

/// In the order of their keys, so that two connectors wait for each other in one direction only.
pub(super) async fn write_names(client: &impl GenericClient, rows: &[NameRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut known = BTreeSet::new();
    let rows: Vec<&NameRow> = rows.iter().filter(|row| known.insert((&row.brand, row.kind, &row.name))).collect();
    let column = |of: fn(&NameRow) -> &str| rows.iter().map(|row| of(row)).collect::<Vec<_>>();
    let (brands, kinds) = (column(|row| &row.brand), column(|row| row.kind));
    let (names, spelled) = (column(|row| &row.name), column(|row| &row.spelled));
    let most = i64::try_from(NAMES_KEPT).unwrap_or(i64::MAX);
    client.execute(NAMES, &[&brands, &kinds, &names, &spelled, &most]).await?;
    Ok(())
}
