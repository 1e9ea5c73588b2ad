//! Adds rows to `Points` and brings rows of `Members` up to date, in bulk calls.
//! Guarantees: what is there is looked up first, so a row never doubles, however an earlier call ended; an older state
//! never overwrites a newer one; of many rows only those are left out that NocoDB refuses.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record},
    map, schema,
};

pub const POINTS: &str = "Points";
pub const MEMBERS: &str = "Members";

/// A row on its way, with the number of the item it belongs to.
pub type Row = (usize, Record);

/// A row that NocoDB refuses for ever.
pub struct Refusal {
    pub item: usize,
    pub table: &'static str,
    pub row: Record,
    pub problem: String,
}

impl Nocodb {
    /// Brings both tables up to date; what was refused for ever.
    pub async fn show(&self, points: Vec<Row>, members: Vec<Row>) -> Result<Vec<Refusal>, CallError> {
        let shown = async {
            let ids = self.table_ids().await?;
            let mut refusals = Vec::new();
            for chunk in points.chunks(ROWS_PER_CALL) {
                self.append(&ids, chunk, &mut refusals).await?;
            }
            for chunk in members.chunks(ROWS_PER_CALL) {
                self.upsert(&ids, chunk, &mut refusals).await?;
            }
            Ok(refusals)
        };
        let shown = shown.await;
        if matches!(shown, Err(CallError::Missing(_))) {
            self.forget_tables();
        }
        shown
    }

    /// Adds the entries that are not there yet.
    async fn append(&self, ids: &TableIds, rows: &[Row], refusals: &mut Vec<Refusal>) -> Result<(), CallError> {
        let new = self.not_there(ids, rows).await?;
        match self.insert(ids, POINTS, &new).await {
            Err(error) if error.is_about_content() => {}
            other => return other,
        }
        // Somebody else was faster, or a row is refused: look again, then find out which one.
        for row in self.not_there(ids, rows).await? {
            match self.insert(ids, POINTS, std::slice::from_ref(&row)).await {
                Ok(()) | Err(CallError::Duplicate(_)) => {}
                Err(error) => refuse(error, POINTS, row, refusals)?,
            }
        }
        Ok(())
    }

    async fn not_there(&self, ids: &TableIds, rows: &[Row]) -> Result<Vec<Row>, CallError> {
        let found = self.find(ids, POINTS, "Entry", rows).await?;
        let there: BTreeSet<String> = found.iter().map(|row| key(row, "Entry")).collect();
        Ok(rows.iter().filter(|(_, row)| !there.contains(&key(row, "Entry"))).cloned().collect())
    }

    /// Adds the members that are not there yet and changes the others.
    async fn upsert(&self, ids: &TableIds, rows: &[Row], refusals: &mut Vec<Refusal>) -> Result<(), CallError> {
        let (new, known) = self.split(ids, rows).await?;
        let bulk = async {
            self.insert(ids, MEMBERS, &new).await?;
            self.update(ids, &known).await
        };
        match bulk.await {
            Err(error) if error.is_about_content() => {}
            other => return other,
        }
        let (new, known) = self.split(ids, rows).await?;
        for row in new {
            if let Err(error) = self.insert(ids, MEMBERS, std::slice::from_ref(&row)).await {
                refuse(error, MEMBERS, row, refusals)?;
            }
        }
        for row in known {
            if let Err(error) = self.update(ids, std::slice::from_ref(&row)).await {
                refuse(error, MEMBERS, row, refusals)?;
            }
        }
        Ok(())
    }

    /// Members that have no row yet, and those that have one, under its Id; a row of a newer state is left alone.
    async fn split(&self, ids: &TableIds, rows: &[Row]) -> Result<(Vec<Row>, Vec<Row>), CallError> {
        let mut there: BTreeMap<String, Record> = BTreeMap::new();
        for row in self.find(ids, MEMBERS, "Member", rows).await? {
            there.entry(key(&row, "Member")).or_insert(row);
        }
        let (mut new, mut known) = (Vec::new(), Vec::new());
        for (item, row) in rows {
            let Some(found) = there.get(&key(row, "Member")) else {
                new.push((*item, row.clone()));
                continue;
            };
            if version(found) <= version(row) {
                let mut row = row.clone();
                row.insert("Id".to_owned(), map::id(found).into());
                known.push((*item, row));
            }
        }
        Ok((new, known))
    }

    /// The rows in `table` whose `column` is that of one of `rows`.
    pub(super) async fn find(
        &self,
        ids: &TableIds,
        table: &str,
        column: &str,
        rows: &[Row],
    ) -> Result<Vec<Record>, CallError> {
        let Some(declared) = schema::table(table).filter(|_| !rows.is_empty()) else { return Ok(Vec::new()) };
        // Our own ids: letters, digits and _ only, so nothing in them can end the filter.
        let keys: Vec<String> = rows.iter().map(|(_, row)| key(row, column)).collect();
        let filter = format!("({column},in,{})", keys.join(","));
        self.client.rows(&ids[table], &declared.to_read(), Some(&filter)).await
    }

    async fn insert(&self, ids: &TableIds, table: &str, rows: &[Row]) -> Result<(), CallError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.client.insert(&ids[table], &records(rows)).await
    }

    async fn update(&self, ids: &TableIds, rows: &[Row]) -> Result<(), CallError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.client.update(&ids[MEMBERS], &records(rows)).await
    }
}

/// Notes a row that will never be taken; any other error is for all rows.
fn refuse(
    error: CallError,
    table: &'static str,
    (item, mut row): Row,
    refusals: &mut Vec<Refusal>,
) -> Result<(), CallError> {
    if !matches!(error, CallError::Refused(_)) {
        return Err(error);
    }
    row.remove("Id"); // it is looked up again
    refusals.push(Refusal { item, table, row, problem: error.to_string() });
    Ok(())
}

fn records(rows: &[Row]) -> Vec<Record> {
    rows.iter().map(|(_, row)| row.clone()).collect()
}

/// The text of a cell.
pub fn key(row: &Record, column: &str) -> String {
    row.get(column).map(map::text).unwrap_or_default()
}

fn version(row: &Record) -> u64 {
    row.get("Version").map(map::text).and_then(|text| text.parse().ok()).unwrap_or(0)
}
