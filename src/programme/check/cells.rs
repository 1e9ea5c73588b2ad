//! What no cell of any table holds: a spreadsheet's formula, its word for a mistake, a number of which it lost the digits.

use crate::{
    programme::{Problem, Tables, tables},
    values::typed::left_behind,
};

/// Each such cell. It is read as a text all the same, so that nothing that was published becomes something else.
pub fn left_by_a_spreadsheet(tables: &Tables) -> Vec<Problem> {
    let mut problems = Vec::new();
    for table in tables::programme() {
        for row in tables.rows(&table.title) {
            for column in table.marketers() {
                let Some(detail) = row.cell(&column.title).and_then(left_behind) else { continue };
                let (table, row, column) = (table.title.clone(), row.key.clone(), column.title.clone());
                problems.push(Problem { table, row, column, detail });
            }
        }
    }
    problems
}
