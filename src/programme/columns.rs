//! The columns each table has, as NocoDB gets them: a header that names another one is a mistake worth telling.

use std::sync::LazyLock;

use serde::Deserialize;

use super::rows::WRITTEN_BY_US;
use crate::values::near::nearest;

#[derive(Deserialize)]
struct Declared {
    title: String,
    columns: Vec<Column>,
}

#[derive(Deserialize)]
struct Column {
    title: String,
    #[serde(rename = "type", default)]
    kind: String,
}

const FILES: [&str; super::TABLES.len()] = [
    include_str!("../../nocodb-schema/tables/Programme.json"),
    include_str!("../../nocodb-schema/tables/Rules.json"),
    include_str!("../../nocodb-schema/tables/Tiers.json"),
    include_str!("../../nocodb-schema/tables/Texts.json"),
    include_str!("../../nocodb-schema/tables/Codes.json"),
    include_str!("../../nocodb-schema/tables/Rewards.json"),
];

// The files are part of the program and read by a test.
static DECLARED: LazyLock<Vec<Declared>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| serde_json::from_str(text).ok()).collect());

fn of(table: &str) -> Vec<&'static str> {
    let declared = DECLARED.iter().find(|declared| declared.title == table);
    declared.into_iter().flat_map(|table| &table.columns).map(|column| column.title.as_str()).collect()
}

/// The columns that a person fills.
pub fn filled_by_people(table: &str) -> Vec<&'static str> {
    of(table).into_iter().filter(|column| !WRITTEN_BY_US.contains(column)).collect()
}

/// Whether a cell of this column may have several lines.
pub fn is_long(table: &str, column: &str) -> bool {
    let columns = DECLARED.iter().filter(|declared| declared.title == table).flat_map(|table| &table.columns);
    columns.into_iter().any(|known| known.title == column && known.kind == "LongText")
}

/// What is wrong with a header, column by column.
pub fn wrong<'a>(table: &str, header: &'a [String]) -> Vec<(&'a str, String)> {
    let known = of(table);
    let wrong = header.iter().enumerate().filter_map(|(at, column)| {
        let detail = if column.is_empty() {
            format!("column {} has no name: name it or delete it", at + 1)
        } else if header[..at].contains(column) {
            "is there twice".to_owned()
        } else if known.contains(&column.as_str()) {
            return None;
        } else {
            match nearest(column, &known) {
                Some(near) => format!("is no column of {table}; is `{near}` meant?"),
                None => format!("is no column of {table}; its columns are {}", filled_by_people(table).join(", ")),
            }
        };
        Some((column.as_str(), detail))
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::TABLES;

    #[test]
    fn every_table_declares_its_columns() {
        assert_eq!(DECLARED.iter().map(|table| table.title.as_str()).collect::<Vec<_>>(), TABLES);
        assert!(TABLES.iter().all(|table| !of(table).is_empty()));
    }
}
