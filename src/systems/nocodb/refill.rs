//! A column that had to be made anew is empty, and an empty cell means something: a rule without its segments is for
//! everybody. So it is filled from the live programme before anything is read, and a row that is in no live programme is
//! switched off.

use std::collections::BTreeSet;

use super::{
    Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record},
    columns::{ID, to_read},
    map,
    setup::Plan,
    status,
};
use crate::programme::{
    Row, Tables, lists, settings_rows,
    tables::{self, Cells, Column, Table},
};

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refilled {
    pub cells: usize,
    /// Rows whose cells nobody knows any more, in words.
    pub notes: Vec<String>,
}

impl Nocodb {
    /// Fills the programme columns that were just made anew with what is live.
    pub(super) async fn refill(&self, plan: &Plan, live: &Tables) -> Result<Refilled, CallError> {
        let (mut refilled, live) = (Refilled::default(), settings_rows::unfolded(&status::as_held(live)));
        let with_made: BTreeSet<&str> = plan.made_columns().map(|(table, _)| table.as_str()).collect();
        let ids = self.table_ids().await?;
        for table in tables::of_marketers().filter(|table| with_made.contains(table.title.as_str())) {
            let made = |column: &&Column| plan.made_columns().any(|made| made == (&table.title, &column.title));
            // A column that no live row uses took nothing along.
            let used = |column: &&Column| live.rows(&table.title).iter().any(|row| row.cell(&column.title).is_some());
            let columns: Vec<&Column> = table.marketers().filter(made).filter(used).collect();
            if !columns.is_empty() {
                self.offer(&ids, &lists::said(&live)).await?;
                self.refill_table(&ids, table, &columns, live.rows(&table.title), &mut refilled).await?;
            }
        }
        Ok(refilled)
    }

    async fn refill_table(
        &self,
        ids: &TableIds,
        table: &Table,
        columns: &[&Column],
        live: &[Row],
        refilled: &mut Refilled,
    ) -> Result<(), CallError> {
        let mut changes = Vec::new();
        for record in self.read(ids, &table.title, &to_read(table), None).await? {
            let row = map::programme_row(table, &record);
            let mut change = Record::from_iter([(ID.to_owned(), map::id(&record).into())]);
            if let Some(known) = counterpart(table, columns, &row, live) {
                let mut cells = map::programme_record(table, known);
                change.extend(columns.iter().filter_map(|column| cells.remove_entry(&column.title)));
                refilled.cells += columns.len();
            } else {
                let switch = table.columns_of(Cells::Switch).next();
                change.extend(switch.map(|switch| (switch.title.clone(), false.into())));
                refilled.notes.push(unknown(table, columns, &row, switch));
            }
            changes.push(change);
        }
        for chunk in changes.chunks(ROWS_PER_CALL) {
            self.client.update(&ids[&table.title], chunk).await?;
        }
        Ok(())
    }
}

/// The live row that this one is or was: the one of its name, or the only one that says the same otherwise.
fn counterpart<'a>(table: &Table, lost: &[&Column], row: &Row, live: &'a [Row]) -> Option<&'a Row> {
    let is_lost = |column: &Column| lost.iter().any(|lost| lost.title == column.title);
    let names: Vec<&Column> = table.columns_of(Cells::Id).collect();
    let compared: Vec<&Column> = if names.is_empty() {
        Vec::new() // a table of one row
    } else if names.iter().any(|column| is_lost(column)) {
        table.marketers().filter(|column| !is_lost(column)).collect()
    } else {
        names
    };
    let same = |known: &&Row| compared.iter().all(|column| known.cell(&column.title) == row.cell(&column.title));
    let mut found = live.iter().filter(same);
    found.next().filter(|_| found.next().is_none())
}

fn unknown(table: &Table, lost: &[&Column], row: &Row, switch: Option<&Column>) -> String {
    let first = table.titles().next().unwrap_or_default();
    let (name, columns) =
        (row.cell(first).unwrap_or("without a name"), lost.iter().map(|column| column.title.as_str()));
    let columns: Vec<&str> = columns.collect();
    let off = switch.map_or_else(String::new, |switch| format!(", so it is switched off ({})", switch.title));
    format!("{} {name} is in no live programme: what stood in {} is lost{off}", table.title, columns.join(", "))
}
