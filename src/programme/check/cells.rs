//! What no cell of any table holds: a spreadsheet's formula, its word for a mistake, a number of which it lost the digits, a NUL.

use std::collections::BTreeSet;

use crate::{
    programme::{Problem, Tables, tables},
    values::{text, typed::left_behind},
};

/// Each mistake once: a cell that is spoiled says that alone, and no cell says anything twice.
pub fn each_once(problems: Vec<Problem>, spoiled: Vec<Problem>) -> Vec<Problem> {
    fn cell(problem: &Problem) -> [String; 3] {
        [&problem.table, &problem.row, &problem.column].map(Clone::clone)
    }
    let cells: BTreeSet<[String; 3]> = spoiled.iter().map(cell).collect();
    let others = problems.into_iter().filter(|problem| !cells.contains(&cell(problem)));
    let mut said = BTreeSet::new();
    others.chain(spoiled).filter(|problem| said.insert((cell(problem), problem.detail.clone()))).collect()
}

/// Each such cell. It is read as a text all the same, so that nothing that was published becomes something else.
pub fn spoiled(tables: &Tables) -> Vec<Problem> {
    let mut problems = Vec::new();
    for table in tables::programme() {
        for row in tables.rows(&table.title) {
            for column in table.marketers() {
                let Some(cell) = row.cell(&column.title) else { continue };
                let nul = text::clean(cell).err().map(|nul| nul.to_string());
                let Some(detail) = nul.or_else(|| left_behind(cell)) else { continue };
                let (table, row, column) = (table.title.clone(), row.key.clone(), column.title.clone());
                problems.push(Problem { table, row, column, detail });
            }
        }
    }
    problems
}
