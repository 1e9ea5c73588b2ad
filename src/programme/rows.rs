//! The rows a marketer writes: tables by name, cells as text, exactly as NocoDB or a CSV file holds them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::Digest;

use super::tables;
use crate::values::text;

/// One row: column title -> text. An empty cell is the same as none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Row {
    /// Names the row in its source: NocoDB's `Id`, or the line of the CSV file.
    pub key: String,
    pub cells: BTreeMap<String, String>,
}

impl Row {
    /// A row that came from outside. A cell that cannot be cleaned stays as it is and is a problem when it is read.
    pub fn of(key: String, cells: impl Iterator<Item = (String, String)>) -> Self {
        let clean = |text: String| text::clean(&text).map(std::borrow::Cow::into_owned).unwrap_or(text);
        Self { key, cells: cells.map(|(column, text)| (column, clean(text))).collect() }
    }

    /// What counts of it: without its key, empty cells, and the columns that the connector writes.
    fn content(&self, table: &tables::Table) -> Self {
        let ours = |title: &str| table.column(title).is_some_and(|column| column.written_by_us);
        let cells = self.cells.keys().filter(|title| !ours(title));
        let cells = cells.filter_map(|title| Some((title.clone(), self.cell(title)?.to_owned())));
        Self { key: String::new(), cells: cells.collect() }
    }

    /// The trimmed text of a cell; `None` when empty.
    pub fn cell(&self, column: impl AsRef<str>) -> Option<&str> {
        self.cells.get(column.as_ref()).map(|text| text.trim()).filter(|text| !text.is_empty())
    }
}

/// All rows of the programme tables of one brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Tables(pub BTreeMap<String, Vec<Row>>);

impl Tables {
    pub fn rows(&self, table: &str) -> &[Row] {
        self.0.get(table).map_or(&[], Vec::as_slice)
    }

    /// The content alone: without the row keys and the columns that the connector writes back. Two drafts with the same
    /// content are the same programme.
    #[must_use]
    pub fn content(&self) -> Self {
        let content = tables::programme().filter_map(|table| {
            let rows = self.rows(&table.title).iter().filter(|row| table.counts(row));
            let rows: Vec<Row> = rows.map(|row| row.content(table)).collect();
            (table.stored_empty || !rows.is_empty()).then(|| (table.title.clone(), rows))
        });
        Self(content.collect())
    }

    /// Twelve characters that differ when the content does.
    pub fn fingerprint(&self) -> String {
        hex::encode(sha2::Sha256::digest(self.canonical()))[..12].to_owned()
    }

    /// With what the first column of a row says as its key, where it has none.
    #[must_use]
    pub fn named(mut self) -> Self {
        for (table, rows) in &mut self.0 {
            let first = tables::named(table).and_then(|table| table.marketers().next());
            let first = first.map_or("", |column| column.title.as_str());
            for row in rows.iter_mut().filter(|row| row.key.is_empty()) {
                row.key = row.cell(first).unwrap_or_default().to_owned();
            }
        }
        self
    }

    /// Content as the text that is stored and hashed with a version.
    pub fn canonical(&self) -> String {
        serde_json::to_string(&self.content()).unwrap_or_default() // strings and maps always serialize
    }
}

/// What is wrong, in which cell, in words a marketer understands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CellProblem)]
pub struct Problem {
    pub table: String,
    /// The row's key in its source; empty when the table as a whole is meant.
    pub row: String,
    pub column: String,
    pub detail: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { table, row, column, detail } = self;
        let row = if row.is_empty() { String::new() } else { format!(", row {row}") };
        let column = if column.is_empty() { String::new() } else { format!(", {column}") };
        write!(f, "{table}{row}{column}: {detail}")
    }
}
