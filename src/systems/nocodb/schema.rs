//! What NocoDB gets, as declared in nocodb-schema/tables: tables, columns with what they mean, views.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::programme;

/// One table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub title: String,
    pub description: String,
    /// A base that was set up before it was thought of works without it.
    #[serde(default)]
    pub optional: bool,
    pub columns: Vec<Column>,
    pub views: Vec<View>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub title: String,
    #[serde(rename = "type")]
    pub kind: Kind,
    pub description: String,
    #[serde(default)]
    pub options: Vec<Choice>,
    #[serde(default)]
    pub default: Option<String>,
    /// No two rows share a value (NocoDB enforces it on PostgreSQL only).
    #[serde(default)]
    pub unique: bool,
    /// The connector writes it; it is no part of the programme.
    #[serde(default)]
    pub written_by_us: bool,
    /// Rows of one name here are the same row, also in another version.
    #[serde(default)]
    pub identifies: bool,
}

/// NocoDB's types, as far as we use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
pub enum Kind {
    SingleLineText,
    LongText,
    Number,
    Decimal,
    Checkbox,
    SingleSelect,
    DateTime,
}

#[derive(Debug, Clone, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub title: String,
    pub color: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    pub title: String,
    #[serde(rename = "type")]
    pub kind: ViewKind,
    /// Shown from the left in this order, and no others. Empty: all, as the table has them.
    #[serde(default)]
    pub columns: Vec<String>,
    /// A kanban stacks by it, a grid groups by it.
    #[serde(default)]
    pub group_by: Option<String>,
    #[serde(default)]
    pub sort: Vec<Sort>,
    #[serde(default, rename = "where")]
    pub conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ViewKind {
    Grid,
    Kanban,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sort {
    pub column: String,
    #[serde(default)]
    pub descending: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub column: String,
    #[serde(default)]
    pub is: Option<String>,
    #[serde(default)]
    pub above: Option<String>,
}

const FILES: [&str; 9] = [
    include_str!("../../../nocodb-schema/tables/Programme.json"),
    include_str!("../../../nocodb-schema/tables/Rules.json"),
    include_str!("../../../nocodb-schema/tables/Tiers.json"),
    include_str!("../../../nocodb-schema/tables/Texts.json"),
    include_str!("../../../nocodb-schema/tables/Codes.json"),
    include_str!("../../../nocodb-schema/tables/Rewards.json"),
    include_str!("../../../nocodb-schema/tables/Members.json"),
    include_str!("../../../nocodb-schema/tables/Points.json"),
    include_str!("../../../nocodb-schema/tables/Duplicates.json"),
];

// The files are part of the program and read by a test.
static TABLES: LazyLock<Vec<Table>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| serde_json::from_str(text).ok()).collect());

/// All tables, in the order a person meets them.
pub fn tables() -> &'static [Table] {
    &TABLES
}

/// One of them.
pub fn table(title: &str) -> Option<&'static Table> {
    tables().iter().find(|table| table.title == title)
}

/// Those a marketer writes, `Programme` first.
pub fn programme_tables() -> impl Iterator<Item = &'static Table> {
    programme::TABLES.iter().filter_map(|title| table(title))
}

impl Table {
    /// The columns a marketer fills.
    pub fn marketers(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.written_by_us)
    }

    /// Of all columns, with the row's number first.
    pub fn to_read(&self) -> Vec<&str> {
        ["Id"].into_iter().chain(self.titles()).collect()
    }

    pub fn titles(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.title.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::{rows::WRITTEN_BY_US, sample};

    #[test]
    fn every_file_is_a_table_and_its_views_name_its_columns() {
        let tables: Vec<Table> = FILES.iter().map(|text| serde_json::from_str(text).expect("a table")).collect();
        assert_eq!(programme_tables().count(), programme::TABLES.len());
        for table in &tables {
            let known = |title: &str| table.titles().any(|known| known == title);
            for column in &table.columns {
                assert!(!column.description.is_empty() && column.title == column.title.trim(), "{}", column.title);
                assert_eq!(column.kind == Kind::SingleSelect, !column.options.is_empty(), "{}", column.title);
            }
            for view in &table.views {
                let named = view.group_by.iter().chain(view.sort.iter().map(|sort| &sort.column)).chain(&view.columns);
                let named = named.chain(view.conditions.iter().map(|condition| &condition.column));
                assert!(named.into_iter().all(|title| known(title)), "{} of {}", view.title, table.title);
                assert!(view.kind == ViewKind::Grid || view.group_by.is_some(), "{}", view.title);
            }
        }
    }

    /// At 1600 pixels NocoDB shows seven columns.
    #[test]
    fn what_a_marketer_looks_for_stands_where_it_is_seen_without_scrolling() {
        let place = |table: &str, title: &str| super::table(table).unwrap().titles().position(|known| known == title);
        for table in programme_tables() {
            assert!(place(&table.title, "Status").unwrap() < 4 && place(&table.title, "Problem").unwrap() < 4);
            let narrow = table.views.iter().find(|view| view.columns.iter().any(|column| column == "Status"));
            assert!(narrow.is_some_and(|view| view.columns.len() < 7), "{}", table.title);
        }
        assert_eq!(place("Programme", "Publish"), Some(1));
        let to_decide =
            super::table("Duplicates").unwrap().views.iter().find(|view| view.title == "To decide").unwrap();
        assert!(to_decide.columns.len() < 7 && to_decide.columns.contains(&"Answer".to_owned()));
        assert_eq!(
            [place("Points", "External id"), place("Points", "Name"), place("Members", "Name")],
            [Some(0), Some(1), Some(1)]
        );
    }

    #[test]
    fn the_sample_files_have_exactly_the_marketers_columns() {
        for (name, text) in sample::files() {
            let table = table(name).expect(name);
            let marketers: Vec<&str> = table.marketers().map(|column| column.title.as_str()).collect();
            assert_eq!(text.lines().next(), Some(marketers.join(",").as_str()), "{name}");
            let ours = table.columns.iter().filter(|column| column.written_by_us);
            assert!(ours.into_iter().all(|column| WRITTEN_BY_US.contains(&column.title.as_str())), "{name}");
        }
    }
}
