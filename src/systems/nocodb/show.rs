//! Adds rows to `Points` and brings rows of `Members` and of the tables beside them up to date, in bulk calls.
//! Guarantees: a row never doubles, however an earlier call ended: the database refuses it, or what is there is looked up
//! first; cells that were lost are filled again; an older state never overwrites a newer one; of many rows only those are
//! left out that NocoDB refuses.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use jiff::Timestamp;

use super::{
    Nocodb, TableIds,
    beside::{ACHIEVEMENTS, Beside, CLAIMS, RowsBeside},
    client::{CallError, Record},
    columns::{ID, OfAchievements, OfClaims, OfMembers, OfPoints, to_read},
    map,
};
use crate::programme::tables::{self, Columns};

pub const POINTS: &str = OfPoints::TABLE;
pub const MEMBERS: &str = OfMembers::TABLE;

/// Keys in one filter: it is a part of the address.
const KEYS_PER_FILTER: usize = 100;
/// Look-ups under way at once.
const LOOK_UPS: usize = 2;

/// A row on its way, with the number of the item it belongs to.
pub type Row = (usize, Record);

/// What is to be shown.
#[derive(Default)]
pub struct Rows {
    /// Entries that were never sent before.
    pub new: Vec<Row>,
    /// Entries that may be there already.
    pub again: Vec<Row>,
    pub members: Vec<Row>,
    pub beside: RowsBeside,
}

/// A row that NocoDB refuses for ever.
pub struct Refusal {
    pub item: usize,
    pub table: &'static str,
    pub row: Record,
    pub problem: String,
}

#[derive(Clone, Copy)]
pub(super) enum Verb {
    Insert,
    Update,
}

impl Nocodb {
    /// Brings the tables up to date; what was refused for ever.
    pub async fn show(&self, rows: Rows, now: Timestamp) -> Result<Vec<Refusal>, CallError> {
        let shown = async {
            let ids = self.table_ids().await?;
            let (points, members) =
                futures_util::future::try_join(self.points(&ids, &rows), self.members(&ids, &rows.members)).await?;
            let beside = self.bring_beside(&ids, &rows.beside, now).await?;
            Ok(points.into_iter().chain(members).chain(beside).collect())
        };
        let shown = shown.await;
        if matches!(shown, Err(CallError::Missing(_))) {
            self.forget_tables();
        }
        shown
    }

    async fn points(&self, ids: &TableIds, rows: &Rows) -> Result<Vec<Refusal>, CallError> {
        let mut refusals = Vec::new();
        let mut look_first = rows.again.clone();
        if self.is_unique().await? && !rows.new.is_empty() {
            // A column that was deleted would swallow its cells without a word.
            self.has_columns(ids, POINTS).await?;
            for chunk in rows.new.chunks(self.client.rows_per_call()) {
                match self.send(Verb::Insert, ids, POINTS, chunk).await {
                    Ok(()) => {}
                    Err(error) if error.is_about_content() => look_first.extend_from_slice(chunk),
                    Err(error) => return Err(error),
                }
            }
        } else {
            look_first.extend_from_slice(&rows.new);
        }
        for chunk in look_first.chunks(self.client.rows_per_call()) {
            self.append(ids, chunk, &mut refusals).await?;
        }
        Ok(refusals)
    }

    /// Adds the entries that are not there yet, and fills empty cells of those that are.
    async fn append(&self, ids: &TableIds, rows: &[Row], refusals: &mut Vec<Refusal>) -> Result<(), CallError> {
        let found = self.find(ids, POINTS, OfPoints::Entry.title(), rows).await?;
        self.apart(Verb::Update, ids, POINTS, incomplete(rows, &found), refusals).await?;
        self.apart(Verb::Insert, ids, POINTS, without(rows, &found, OfPoints::Entry.title()), refusals).await
    }

    /// Adds the members that are not there yet and changes the others; a row of a newer state is left alone.
    async fn members(&self, ids: &TableIds, rows: &[Row]) -> Result<Vec<Refusal>, CallError> {
        let mut refusals = Vec::new();
        for chunk in rows.chunks(self.client.rows_per_call()) {
            let found = self.find(ids, MEMBERS, OfMembers::Member.title(), chunk).await?;
            let mut there: BTreeMap<String, &Record> = BTreeMap::new();
            for row in &found {
                there.entry(key(row, OfMembers::Member)).or_insert(row);
            }
            let known = chunk.iter().filter_map(|(item, row)| {
                let found = there.get(&key(row, OfMembers::Member))?;
                (version(found) <= version(row)).then(|| {
                    let mut row = row.clone();
                    row.insert(ID.to_owned(), map::id(found).into());
                    (*item, row)
                })
            });
            self.apart(Verb::Insert, ids, MEMBERS, without(chunk, &found, OfMembers::Member.title()), &mut refusals)
                .await?;
            self.apart(Verb::Update, ids, MEMBERS, known.collect(), &mut refusals).await?;
        }
        Ok(refusals)
    }

    /// Sends rows in one call; where NocoDB refuses something in them in halves, down to the row that it is.
    pub(super) async fn apart(
        &self,
        verb: Verb,
        ids: &TableIds,
        table: &'static str,
        rows: Vec<Row>,
        refusals: &mut Vec<Refusal>,
    ) -> Result<(), CallError> {
        let mut parts = vec![(rows, false)];
        while let Some((mut part, refused_before)) = parts.pop() {
            if refused_before && matches!(verb, Verb::Insert) && !self.is_unique().await? {
                let found = self.find(ids, table, name_of(table), &part).await?;
                part = without(&part, &found, name_of(table));
            }
            match self.send(verb, ids, table, &part).await {
                Err(CallError::Duplicate(_)) if part.len() == 1 && table != MEMBERS => {} // somebody was faster
                Err(error) if error.is_about_content() && part.len() > 1 => {
                    let rest = part.split_off(part.len() / 2);
                    parts.extend([(rest, true), (part, true)]);
                }
                Err(CallError::Refused(problem)) if part.len() == 1 => {
                    let (item, mut row) = part.remove(0);
                    row.remove(ID); // it is looked up again
                    refusals.push(Refusal { item, table, row, problem: CallError::Refused(problem).to_string() });
                }
                other => other?,
            }
        }
        Ok(())
    }

    /// The rows in `table` whose `column` is that of one of `rows`.
    pub(super) async fn find(
        &self,
        ids: &TableIds,
        table: &str,
        column: &str,
        rows: &[Row],
    ) -> Result<Vec<Record>, CallError> {
        let Some(declared) = tables::named(table).filter(|_| !rows.is_empty()) else { return Ok(Vec::new()) };
        let columns = to_read(declared);
        let look_ups = rows.chunks(KEYS_PER_FILTER).map(|chunk| {
            // Our own ids: letters, digits and _ only, so nothing in them can end the filter.
            let keys: Vec<String> = chunk.iter().map(|(_, row)| key(row, column)).collect();
            let (filter, columns) = (format!("({column},in,{})", keys.join(",")), &columns);
            async move { self.read(ids, table, columns, Some(&filter)).await }
        });
        let found: Vec<Vec<Record>> =
            stream::iter(look_ups.collect::<Vec<_>>()).buffered(LOOK_UPS).try_collect().await?;
        Ok(found.concat())
    }

    async fn send(&self, verb: Verb, ids: &TableIds, table: &str, rows: &[Row]) -> Result<(), CallError> {
        if rows.is_empty() {
            return Ok(());
        }
        let records: Vec<&Record> = rows.iter().map(|(_, row)| row).collect();
        match verb {
            Verb::Insert => self.client.insert(&ids[table], &records).await,
            Verb::Update => self.client.update(&ids[table], &records).await,
        }
    }
}

/// The column by which a row of a table is found.
pub(super) fn name_of(table: &str) -> &'static str {
    match table {
        POINTS => OfPoints::Entry.title(),
        ACHIEVEMENTS => OfAchievements::KEY.title(),
        CLAIMS => OfClaims::KEY.title(),
        _ => OfMembers::Member.title(),
    }
}

/// Those that NocoDB does not have, by the text in this column.
fn without(rows: &[Row], found: &[Record], column: &str) -> Vec<Row> {
    let there: BTreeSet<String> = found.iter().map(|row| key(row, column)).collect();
    rows.iter().filter(|(_, row)| !there.contains(&key(row, column))).cloned().collect()
}

/// Cells that are empty there and not here: their column was made anew.
fn incomplete(rows: &[Row], found: &[Record]) -> Vec<Row> {
    let there: BTreeMap<String, &Record> = found.iter().map(|row| (key(row, OfPoints::Entry), row)).collect();
    let lacking = rows.iter().filter_map(|(item, row)| {
        let found = there.get(&key(row, OfPoints::Entry))?;
        let lost =
            |(column, cell): &(&String, &Value)| !cell.is_null() && found.get(*column).is_some_and(Value::is_null);
        let mut cells: Record = row.iter().filter(lost).map(|(column, cell)| (column.clone(), cell.clone())).collect();
        (!cells.is_empty()).then(|| {
            cells.insert(ID.to_owned(), map::id(found).into());
            (*item, cells)
        })
    });
    lacking.collect()
}

/// The text of a cell.
pub fn key(row: &Record, column: impl AsRef<str>) -> String {
    row.get(column.as_ref()).map(map::text).unwrap_or_default()
}

fn version(row: &Record) -> u64 {
    key(row, OfMembers::Version).parse().unwrap_or(0)
}
