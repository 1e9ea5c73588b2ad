//! The settings of the programme as rows: each column of the table `Programme` that has a group is a row of `Settings`.
//! Guarantees: rows and columns are the same programme by the same text, so that moving from one to the other makes no version;
//! what is wrong with a setting is said in its row.

use std::sync::LazyLock;

use super::{
    check::{WHOLE, distinct},
    names,
    rows::{Problem, Row, Tables},
    tables::{self, Columns, columns::columns},
};
use crate::values::near::is_it_meant;

columns! {
    /// A person writes `Value`; the connector the others.
    pub enum Column of "Settings" {
        Setting = "Setting",
        Value = "Value",
        Allowed = "Allowed",
        Meaning = "Meaning",
        Group = "Group",
    }
}

/// The table of settings.
pub const SETTINGS: &str = Column::TABLE;
/// The columns of a row, as a file has them.
pub const TITLES: [Column; 5] = [Column::Setting, Column::Value, Column::Allowed, Column::Meaning, Column::Group];

// By group, and in a group as the table of the programme has them.
static ALL: LazyLock<Vec<&'static tables::Column>> = LazyLock::new(|| {
    let group = tables::named(SETTINGS).and_then(|table| table.column(Column::Group.title()));
    let place = |column: &&tables::Column| {
        group?.options.iter().position(|option| Some(&option.title) == column.group.as_ref())
    };
    let mut all: Vec<_> = tables::named(WHOLE).into_iter().flat_map(|table| &table.columns).collect();
    all.retain(|column| column.group.is_some());
    all.sort_by_key(place);
    all
});

/// All settings, in the order of their rows.
pub fn all() -> &'static [&'static tables::Column] {
    &ALL
}

/// The setting of this name, however it is typed.
pub fn named(name: &str) -> Option<&'static tables::Column> {
    all().iter().find(|setting| names::same(&setting.title, name)).copied()
}

/// The row of a setting.
pub fn row(setting: &tables::Column, value: Option<&str>) -> Row {
    let cells = [
        (Column::Setting, setting.title.clone()),
        (Column::Value, value.unwrap_or_default().to_owned()),
        (Column::Allowed, setting.allowed()),
        (Column::Meaning, setting.description.clone()),
        (Column::Group, setting.group.clone().unwrap_or_default()),
    ];
    let cells = cells.into_iter().filter(|(_, text)| !text.is_empty());
    Row { key: String::new(), cells: cells.map(|(column, text)| (column.title().to_owned(), text)).collect() }
}

/// Rows as they were read, with what the rows of settings say in the one row of the programme. Where that says something already,
/// it stays, and [`problems`] tells the difference.
#[must_use]
pub fn folded(mut read: Tables) -> Tables {
    let said: Vec<(&tables::Column, String)> = read
        .rows(SETTINGS)
        .iter()
        .filter_map(|row| Some((setting(row)?, row.cell(Column::Value)?.to_owned())))
        .collect();
    if let Some([whole]) = read.0.get_mut(WHOLE).map(Vec::as_mut_slice) {
        for (setting, value) in said {
            if whole.cell(&setting.title).is_none() {
                whole.cells.insert(setting.title.clone(), value);
            }
        }
    }
    read
}

/// The same programme with its settings as rows.
#[must_use]
pub fn unfolded(tables: &Tables) -> Tables {
    let mut apart = tables.clone();
    if let Some([whole]) = apart.0.get_mut(WHOLE).map(Vec::as_mut_slice) {
        let rows = all().iter().map(|setting| row(setting, whole.cell(&setting.title))).collect();
        whole.cells.retain(|title, _| all().iter().all(|setting| setting.title != *title));
        apart.0.insert(SETTINGS.to_owned(), rows);
    }
    apart
}

fn setting(row: &Row) -> Option<&'static tables::Column> {
    named(row.cell(Column::Setting)?)
}

fn of_setting<'a>(rows: &'a [Row], wanted: &tables::Column) -> Option<&'a Row> {
    rows.iter().find(|row| setting(row).is_some_and(|known| known.title == wanted.title))
}

/// What is wrong with the rows themselves: what no setting is, is there twice, or says something else than the programme's row.
pub fn problems(tables: &Tables) -> Vec<Problem> {
    let mut problems = Vec::new();
    let rows = tables.rows(SETTINGS);
    distinct(Column::Setting, rows, |row| setting(row).map(|setting| setting.title.clone()), &mut problems);
    let whole = tables.rows(WHOLE).first();
    for row in rows {
        let mut tell = |column: Column, detail: String| {
            let (table, row) = (SETTINGS.to_owned(), row.key.clone());
            problems.push(Problem { table, row, column: column.title().to_owned(), detail });
        };
        match (row.cell(Column::Setting), setting(row)) {
            (None, _) if row.cell(Column::Value).is_none() => {}
            (None, _) => tell(Column::Setting, "is empty; which setting is it?".to_owned()),
            (Some(name), None) => {
                let known: Vec<&str> = all().iter().map(|setting| setting.title.as_str()).collect();
                let near = is_it_meant(name, &known);
                tell(Column::Setting, format!("there is no setting `{name}`{near}"));
            }
            (_, Some(setting)) => {
                let (here, there) = (row.cell(Column::Value), whole.and_then(|whole| whole.cell(&setting.title)));
                let is_first = of_setting(rows, setting).is_some_and(|first| first.key == row.key);
                if let Some(there) = there.filter(|there| is_first && here != Some(there)) {
                    tell(Column::Value, format!("{WHOLE} says `{there}`: write it in one place only"));
                }
            }
        }
    }
    problems
}

/// The same problems, those of a setting in its row, where there is one.
pub fn said_in_rows(tables: &Tables, problems: Vec<Problem>) -> Vec<Problem> {
    let rows = tables.rows(SETTINGS);
    if rows.is_empty() {
        return problems;
    }
    let in_row = |problem: Problem| {
        let Some(setting) = (problem.table == WHOLE).then(|| named(&problem.column)).flatten() else { return problem };
        let is_in_the_whole = tables.rows(WHOLE).iter().any(|whole| whole.cell(&setting.title).is_some());
        let table = SETTINGS.to_owned();
        match of_setting(rows, setting) {
            Some(row) => Problem {
                table,
                row: row.key.clone(),
                column: Column::Value.title().to_owned(),
                detail: problem.detail,
            },
            None if is_in_the_whole => problem,
            None => Problem { table, row: String::new(), column: setting.title.clone(), detail: problem.detail },
        }
    };
    problems.into_iter().map(in_row).collect()
}

#[cfg(test)]
mod tests;
