//! What members read in their own language: a row of `Translations` stands for what a cell of another row says, in one language.
//! Guarantees: only a ticked row counts, and only for the very words that it was made for: a cell that says something else now is read
//! as it stands.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    check::{LANGUAGES, WHOLE, distinct, settings},
    reading::Reading,
    rows::{Problem, Row, Tables},
    tables::{self, Cells, Columns, Kind, columns::columns},
};
use crate::values::count::counted;

columns! {
    pub enum Column of "Translations" {
        Table = "Table",
        Row = "Row",
        Column = "Column",
        Language = "Language",
        Original = "Original",
        Text = "Text",
        Active = "Active",
    }
}

pub const TRANSLATIONS: &str = Column::TABLE;
/// What says that the model drafted a text, and that it did.
pub const MADE_BY: &str = "Made by";
pub const MODEL: &str = "model";

/// As other systems show names; and of what has room.
const NAME_CHARS: usize = 200;
const CHARS: usize = 2000;

/// Language -> words -> the same in that language. Cloning shares it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Translations(Arc<BTreeMap<String, BTreeMap<String, String>>>);

impl Translations {
    /// What a cell of the programme says, in this language as far as somebody translated it.
    pub fn of<'a>(&'a self, language: &str, words: &'a str) -> &'a str {
        self.0.get(language).and_then(|known| known.get(words)).map_or(words, String::as_str)
    }
}

/// A cell that members read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Original {
    pub table: &'static str,
    /// Its row's id; empty in the table of one row.
    pub row: String,
    pub column: &'static str,
    pub words: String,
}

/// All cells that members read, of rows that are switched on.
pub fn originals(tables: &Tables) -> Vec<Original> {
    let mut found = Vec::new();
    for table in tables::programme() {
        let id = table.columns_of(Cells::Id).next();
        for column in table.columns.iter().filter(|column| column.is_read_by_members()) {
            for row in tables.rows(&table.title).iter().filter(|row| table.is_on(row)) {
                let row_id = id.map_or(Some(""), |id| row.cell(&id.title));
                if let (Some(row_id), Some(words)) = (row_id, row.cell(&column.title)) {
                    let (row, words) = (row_id.to_owned(), words.to_owned());
                    found.push(Original { table: &table.title, row, column: &column.title, words });
                }
            }
        }
    }
    found
}

/// The languages that the programme is translated to.
pub fn languages(tables: &Tables) -> impl Iterator<Item = &'static str> {
    let own = tables.rows(WHOLE).first().and_then(|whole| whole.cell(settings::Column::Language)).unwrap_or("en");
    let own = LANGUAGES.into_iter().find(|language| *language == own);
    LANGUAGES.into_iter().filter(move |language| Some(*language) != own)
}

/// Reads the ticked rows.
pub(super) fn translations(tables: &Tables, problems: &mut Vec<Problem>) -> Translations {
    let Some(table) = tables::named(TRANSLATIONS) else { return Translations::default() };
    let ticked: Vec<Row> = tables.rows(TRANSLATIONS).iter().filter(|row| table.counts(row)).cloned().collect();
    let place = |row: &Row| {
        let places = [Column::Table, Column::Row, Column::Column, Column::Language];
        Some(places.map(|column| row.cell(column).unwrap_or_default()).join(" "))
    };
    distinct(Column::Table, &ticked, place, problems);
    let mut known = BTreeMap::<String, BTreeMap<String, String>>::new();
    for row in &ticked {
        let cell = cell_of(tables, row);
        let mut row = Reading::of(row, problems);
        let (language, text) = (row.required(Column::Language), row.required(Column::Text));
        if !LANGUAGES.contains(&language.as_str()) {
            row.problem(Column::Language, format!("`{language}` is none of {}", LANGUAGES.join(", ")));
        }
        let kind = match is_read(&row) {
            Ok(kind) => kind,
            Err((column, detail)) => {
                row.problem(column, detail);
                continue;
            }
        };
        if let Some(wrong) = wrong(&text, kind) {
            row.problem(Column::Text, wrong);
        }
        if let Some(words) = row.text(Column::Original).map(str::to_owned).or(cell) {
            known.entry(language).or_default().entry(words).or_insert(text);
        }
    }
    Translations(Arc::new(known))
}

/// What keeps a text from being a translation that members read.
pub fn wrong(text: &str, kind: Kind) -> Option<String> {
    let most = if kind == Kind::LongText { CHARS } else { NAME_CHARS };
    let invisible = |c: char| c.is_control() && c != '\n';
    if let Some(markup) = text.chars().find(|c| matches!(c, '<' | '>' | '{' | '}')) {
        return Some(format!("has `{markup}`: members read plain words without markup"));
    }
    if text.chars().any(invisible) {
        return Some("has an invisible character".to_owned());
    }
    (text.chars().count() > most).then(|| format!("is longer than {}", counted(most, "character")))
}

/// What the cell that a row stands for says now.
pub fn cell_of(tables: &Tables, row: &Row) -> Option<String> {
    let table = tables::named(row.cell(Column::Table)?)?;
    let column = row.cell(Column::Column)?;
    let id = table.columns_of(Cells::Id).next();
    let mut rows = tables.rows(&table.title).iter();
    let is_it = |known: &&Row| id.is_none_or(|id| known.cell(&id.title) == row.cell(Column::Row));
    rows.find(is_it)?.cell(column).map(str::to_owned)
}

/// The kind of the column that a row stands for, if members read it.
fn is_read(row: &Reading<'_, Column>) -> Result<Kind, (Column, String)> {
    let table = row.text(Column::Table).unwrap_or_default();
    let found = tables::programme().find(|known| known.title == table);
    let read = |table: &&tables::Table| table.columns.iter().any(tables::Column::is_read_by_members);
    let Some(found) = found.filter(read) else {
        let all: Vec<&str> = tables::programme().filter(read).map(|table| table.title.as_str()).collect();
        return Err((Column::Table, format!("`{table}` is none of {}", all.join(", "))));
    };
    let column = row.text(Column::Column).unwrap_or_default();
    let all: Vec<&tables::Column> = found.columns.iter().filter(|column| column.is_read_by_members()).collect();
    all.iter().find(|known| known.title == column).map(|known| known.kind).ok_or_else(|| {
        let all: Vec<&str> = all.iter().map(|column| column.title.as_str()).collect();
        (Column::Column, format!("`{column}` is none that members read of {table}: {}", all.join(", ")))
    })
}

/// Ticked rows that stand for words which nobody says any more.
pub(super) fn outdated(tables: &Tables) -> Vec<Problem> {
    let Some(table) = tables::named(TRANSLATIONS) else { return Vec::new() };
    let mut found = Vec::new();
    for row in tables.rows(TRANSLATIONS).iter().filter(|row| table.counts(row)) {
        let (column, detail) = match (cell_of(tables, row), row.cell(Column::Original)) {
            (None, _) => (Column::Row, "there is no such cell: nobody reads this".to_owned()),
            (Some(now), Some(then)) if now != then => {
                (Column::Original, "the cell says something else now: this is not read any more".to_owned())
            }
            _ => continue,
        };
        let (table, row) = (TRANSLATIONS.to_owned(), row.key.clone());
        found.push(Problem { table, row, column: column.title().to_owned(), detail });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::sample;

    fn row(cells: &[(Column, &str)]) -> Row {
        let cells = cells.iter().map(|(column, text)| (column.title().to_owned(), (*text).to_owned()));
        Row { key: "1".to_owned(), cells: cells.collect() }
    }

    fn with(cells: &[(Column, &str)]) -> Tables {
        let mut tables = sample::tables();
        tables.0.insert(TRANSLATIONS.to_owned(), vec![row(cells)]);
        tables
    }

    const SILVER: [(Column, &str); 5] = [
        (Column::Table, "Tiers"),
        (Column::Row, "silver"),
        (Column::Column, "Name"),
        (Column::Language, "et"),
        (Column::Text, "Hõbe"),
    ];

    fn read(cells: &[(Column, &str)]) -> (Translations, Vec<String>) {
        let mut problems = Vec::new();
        let read = translations(&with(cells), &mut problems);
        (read, problems.into_iter().map(|problem| format!("{}: {}", problem.column, problem.detail)).collect())
    }

    #[test]
    fn a_ticked_row_is_read_in_its_language_for_the_words_it_was_made_for_and_for_no_other() {
        let ticked = |more: &[(Column, &'static str)]| [&SILVER[..], &[(Column::Active, "yes")], more].concat();
        let (read_it, problems) = read(&ticked(&[]));
        assert_eq!((read_it.of("et", "Silver"), read_it.of("ru", "Silver"), problems), ("Hõbe", "Silver", Vec::new()));
        assert_eq!(read(&SILVER).0, Translations::default(), "without its tick it says nothing");
        let tables = with(&ticked(&[(Column::Original, "Silver member")]));
        let (read_it, _) = read(&ticked(&[(Column::Original, "Silver member")]));
        assert_eq!((read_it.of("et", "Silver"), read_it.of("et", "Silver member")), ("Silver", "Hõbe"));
        assert_eq!(outdated(&tables)[0].column, "Original");
        assert_eq!(outdated(&with(&ticked(&[(Column::Row, "platinum")])))[0].column, "Row");
    }

    #[test]
    fn what_cannot_be_a_translation_is_a_problem_of_its_cell() {
        let long = "x".repeat(201);
        for (column, text, told) in [
            (Column::Table, "Points", "`Points` is none of Programme, Rules, Tiers, Codes, Rewards, Challenges"),
            (Column::Column, "Status", "`Status` is none that members read of Tiers: Name"),
            (Column::Language, "de", "`de` is none of en, et, ru, uk"),
            (Column::Text, "<b>Hõbe</b>", "has `<`: members read plain words without markup"),
            (Column::Text, &long, "is longer than 200 characters"),
            (Column::Text, "", "is empty; it is needed"),
        ] {
            let mut cells = SILVER.to_vec();
            cells.retain(|(known, _)| *known != column);
            cells.extend([(column, text), (Column::Active, "yes")]);
            assert_eq!(read(&cells).1, [format!("{}: {told}", column.title())]);
        }
    }

    #[test]
    fn every_cell_that_members_read_is_to_be_translated_once_for_each_other_language() {
        let tables = sample::tables();
        let all = originals(&tables);
        let of = |table: &str| all.iter().filter(|one| one.table == table).count();
        assert_eq!((of("Programme"), of("Rules"), of("Tiers"), of("Rewards"), of("Codes")), (1, 4, 3, 2, 2));
        assert_eq!(of("Challenges"), 0, "they are switched off");
        assert_eq!(languages(&tables).collect::<Vec<_>>(), ["et", "ru", "uk"]);
    }
}
