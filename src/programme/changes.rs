//! What differs between two versions of the tables, cell by cell, for people.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    check::WHOLE,
    lists,
    rows::{Row, Tables},
    settings_rows::{self, SETTINGS},
    tables::{self, Cells, Kind, Table},
};

/// Characters of a cell that are shown.
const SHOWN: usize = 60;

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub table: String,
    /// What tells the row apart; empty in a table of one row.
    pub row: String,
    /// Empty where the whole row is new or gone.
    pub column: String,
    pub detail: String,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let places = [&self.table, &self.row, &self.column].into_iter().filter(|place| !place.is_empty());
        write!(f, "{}: {}", places.map(String::as_str).collect::<Vec<_>>().join(", "), self.detail)
    }
}

/// What is otherwise in the second, in the order of its tables and rows; what is gone comes last of each table.
pub fn changes(before: &Tables, after: &Tables) -> Vec<Change> {
    let (before, after) = (before.content(), after.content());
    tables::programme().flat_map(|table| of_table(table, before.rows(&table.title), after.rows(&table.title))).collect()
}

/// What a row is known by: the cells that tell it apart.
pub fn id(table: &Table, row: &Row) -> String {
    let cells = table.columns_of(Cells::Id).filter_map(|column| row.cell(&column.title));
    cells.collect::<Vec<_>>().join(" ")
}

fn of_table(table: &Table, before: &[Row], after: &[Row]) -> Vec<Change> {
    let change = |row: &str, column: &str, detail: String| Change {
        table: table.title.clone(),
        row: row.to_owned(),
        column: column.to_owned(),
        detail,
    };
    let known: BTreeMap<String, &Row> = before.iter().map(|row| (id(table, row), row)).collect();
    let mut found = Vec::new();
    let mut there = BTreeSet::new();
    for row in after {
        let id = id(table, row);
        match known.get(&id) {
            Some(old) => {
                let columns = table.marketers().map(|column| column.title.as_str());
                let differ = columns.filter(|column| !same(table, column, (old, row)));
                found.extend(
                    differ
                        .map(|column| change(&id, column, is_now(old.cell(column), row.cell(column))))
                        .map(in_its_row),
                );
            }
            None => found.push(change(&id, "", "is new".to_owned())),
        }
        there.insert(id);
    }
    found.extend(known.keys().filter(|id| !there.contains(*id)).map(|id| change(id, "", "is gone".to_owned())));
    found
}

/// A setting is a row of its own for people.
fn in_its_row(change: Change) -> Change {
    if change.table == WHOLE && settings_rows::named(&change.column).is_some() {
        return Change { table: SETTINGS.to_owned(), row: change.column, column: String::new(), ..change };
    }
    change
}

/// Whether both say the same there: of a list, the same names, however they stand apart.
fn same(table: &Table, column: &str, (old, row): (&Row, &Row)) -> bool {
    let (was, is) = (old.cell(column), row.cell(column));
    let is_list = || table.column(column).is_some_and(|column| column.kind == Kind::MultiSelect);
    let parts = |cell: Option<&str>| cell.into_iter().flat_map(lists::parts).map(str::to_owned).collect::<Vec<_>>();
    was == is || is_list() && parts(was) == parts(is)
}

fn is_now(was: Option<&str>, is: Option<&str>) -> String {
    let said = |cell: Option<&str>| {
        let cell = cell.unwrap_or("empty");
        let cut: String = cell.chars().take(SHOWN).collect();
        if cut.len() < cell.len() { format!("{cut}…") } else { cut }
    };
    format!("{} is now {}", said(was), said(is))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::sample;

    #[test]
    fn what_differs_is_told_by_table_row_and_cell() {
        let mut before = sample::tables();
        let apart = "tartu-1; tallinn-2".to_owned();
        before.0.get_mut("Rules").unwrap()[2].cells.insert("Stores".to_owned(), apart);
        let mut after = before.clone();
        let rules = after.0.get_mut("Rules").unwrap();
        rules[1].cells.insert("Multiplier".to_owned(), "3".to_owned());
        rules[1].cells.insert("Status".to_owned(), "ready".to_owned());
        rules[2].cells.insert("Stores".to_owned(), "tartu-1,tallinn-2".to_owned());
        rules.remove(3);
        let row = Row { cells: [("Rule".to_owned(), "new".to_owned())].into(), ..Row::default() };
        rules.push(row);
        let whole = &mut after.0.get_mut("Programme").unwrap()[0];
        whole
            .cells
            .extend([("Name", ""), ("Expires", "6M")].map(|(column, text)| (column.to_owned(), text.to_owned())));
        let said: Vec<String> = changes(&before, &after).iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "Programme, Name: Sample programme is now empty",
                "Settings, Expires: 12M_M is now 6M",
                "Rules, shoes, Multiplier: 2 is now 3",
                "Rules, new: is new",
                "Rules, review: is gone",
            ]
        );
        assert_eq!(changes(&before, &before), []);
    }
}
