//! A marketer's mistakes (sheet/mistakes.toml), typed into files and into NocoDB: each is read as it is meant, or exactly its own
//! cell says what is wrong.

use std::collections::{BTreeMap, BTreeSet};

use encoding_rs::WINDOWS_1252;
use loyalty_connector::{
    loyalty::{Programme, programme::review},
    programme::{
        Known, ORDERS_ENOUGH, Problem, Row, Seen, Tables, csv,
        names::Kind,
        sample, settings_rows,
        tables::{self, Table},
    },
    systems::nocodb::map,
};
use serde::Deserialize;

/// As many as there must be at least, so that a part that is not read is noticed.
const AT_LEAST: usize = 140;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    mistake: Vec<Mistake>,
    file: Vec<File>,
}

type Cells = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    name: String,
    table: String,
    row: Option<At>,
    #[serde(default)]
    cells: Cells,
    /// New rows.
    #[serde(default)]
    rows: Vec<Cells>,
    /// Cells of other rows of the table.
    #[serde(default)]
    also: Vec<(At, String, String)>,
    reads_as: Option<Cells>,
    /// The row that says it, where it is another one than `row`.
    at: Option<At>,
    /// The only cell that was changed, where it is not said.
    column: Option<String>,
    says: Option<String>,
    #[serde(default)]
    others: Vec<(At, String, String)>,
    #[serde(default)]
    warns: bool,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum At {
    Number(usize),
    Id(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    text: String,
    encoding: Option<String>,
    rows: Option<Vec<Cells>>,
    wrong: Option<(usize, String, String)>,
}

/// Where the cells come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Files,
    Nocodb,
}

impl Source {
    /// By what it names the row of this number.
    fn key(self, row: usize) -> String {
        match self {
            Self::Files => (row + 1).to_string(),
            Self::Nocodb => row.to_string(),
        }
    }

    /// The rows as they come out of it; or what is wrong with a file.
    fn read(self, written: &Tables) -> Result<Tables, Vec<Problem>> {
        let mut read = Tables::default();
        for table in tables::of_marketers() {
            let rows = written.rows(&table.title);
            let rows = match self {
                Self::Files => csv::read(&table.title, csv::write(&table.title, rows))?,
                Self::Nocodb => rows.iter().enumerate().map(|(at, row)| held(table, at + 1, row)).collect(),
            };
            read.0.insert(table.title.clone(), rows);
        }
        Ok(settings_rows::folded(read))
    }
}

/// A row as NocoDB has it.
fn held(table: &Table, id: usize, row: &Row) -> Row {
    let cells = row.cells.iter().map(|(title, text)| (title.clone(), text.as_str().into()));
    map::programme_row(table, &cells.chain([("Id".to_owned(), id.into())]).collect())
}

fn number_of(tables: &Tables, table: &str, at: &At) -> usize {
    let column = &tables::named(table).unwrap().marketers().next().unwrap().title;
    match at {
        At::Number(number) => *number,
        At::Id(id) => {
            let position = tables.rows(table).iter().position(|row| row.cell(column) == Some(id));
            position.unwrap_or_else(|| panic!("{table} has no row {id}")) + 1
        }
    }
}

fn known() -> Known {
    let mut seen = Seen::after(ORDERS_ENOUGH);
    for (kind, name) in [
        (Kind::Category, "sport/shoes/running"),
        (Kind::Category, "gift-cards"),
        (Kind::Event, "review"),
        (Kind::Segment, "regulars"),
    ] {
        seen.add(kind, name);
    }
    Known { live: sample::tables(), seen, ..Known::default() }
}

type Reviewed = Result<(Programme, Vec<Problem>), Vec<Problem>>;

impl Mistake {
    fn tables(&self, cells: &Cells) -> Tables {
        let mut all = settings_rows::unfolded(&sample::tables());
        let changed: Vec<(usize, &String, &String)> = {
            let own = self.row.iter().flat_map(|row| cells.iter().map(move |(column, text)| (row, column, text)));
            let also = self.also.iter().map(|(row, column, text)| (row, column, text));
            own.chain(also).map(|(row, column, text)| (number_of(&all, &self.table, row), column, text)).collect()
        };
        let rows = all.0.get_mut(&self.table).unwrap();
        for (number, column, text) in changed {
            rows[number - 1].cells.insert(column.clone(), text.clone());
        }
        rows.extend(self.rows.iter().map(|cells| Row { key: String::new(), cells: cells.clone() }));
        all
    }

    /// NocoDB's own columns of numbers hold numbers.
    fn is_of(&self, source: Source) -> bool {
        let table = tables::named(&self.table).unwrap();
        let is_number = |(title, text): (&String, &String)| {
            let kind = table.column(title).unwrap().kind;
            matches!(kind, tables::Kind::Number | tables::Kind::Decimal) && !text.is_empty() && text != "0"
        };
        source == Source::Files || !self.cells.iter().chain(self.rows.iter().flatten()).any(is_number)
    }

    fn tried(&self, source: Source, cells: &Cells) -> Reviewed {
        review(&source.read(&self.tables(cells))?, &known())
    }

    fn run(&self, source: Source) -> Result<(), String> {
        let tried = self.tried(source, &self.cells);
        if let Some(cells) = &self.reads_as {
            let meant =
                self.tried(source, cells).map_err(|problems| format!("what is meant is wrong: {problems:?}"))?;
            return match tried {
                Ok((programme, _)) if programme == meant.0 => Ok(()),
                Ok(_) => Err("is read as something else".to_owned()),
                Err(problems) => Err(format!("is not read: {problems:?}")),
            };
        }
        let found = match (tried, self.warns) {
            (Ok((_, warnings)), true) => warnings,
            (Ok((_, warnings)), false) => return Err(format!("can go live, with {warnings:?}")),
            (Err(problems), true) => return Err(format!("cannot go live: {problems:?}")),
            (Err(problems), false) => problems,
        };
        let expected = self.expected(source);
        for (cell, says) in &expected {
            if !found.iter().any(|problem| cell_of(problem) == *cell && problem.detail.contains(says)) {
                return Err(format!("{cell:?} does not say `{says}`: {found:?}"));
            }
        }
        let cells: BTreeSet<_> = expected.into_iter().map(|(cell, _)| cell).collect();
        match found.iter().find(|problem| !cells.contains(&cell_of(problem))) {
            Some(other) => Err(format!("another cell says something: {other:?}")),
            None => Ok(()),
        }
    }

    /// The cells that say something, and what.
    fn expected(&self, source: Source) -> Vec<((String, String, String), String)> {
        let all = self.tables(&self.cells);
        let before = self.tables(&Cells::new());
        let cell = |tables: &Tables, row: &At, column: &str| {
            (self.table.clone(), source.key(number_of(tables, &self.table, row)), column.to_owned())
        };
        let column = self.column.as_ref().or_else(|| self.cells.keys().next()).unwrap();
        let says = self.says.clone().unwrap();
        let own = match (&self.at, &self.row) {
            (Some(at), _) => cell(&all, at, column),
            (None, row) => cell(&before, row.as_ref().unwrap(), column),
        };
        let others = self.others.iter().map(|(row, column, says)| (cell(&before, row, column), says.clone()));
        [(own, says)].into_iter().chain(others).collect()
    }
}

fn cell_of(problem: &Problem) -> (String, String, String) {
    (problem.table.clone(), problem.row.clone(), problem.column.clone())
}

impl File {
    fn bytes(&self) -> Vec<u8> {
        match self.encoding.as_deref() {
            None => self.text.clone().into_bytes(),
            Some("windows-1252") => WINDOWS_1252.encode(&self.text).0.into_owned(),
            Some("utf-16") => {
                [&[0xff, 0xfe][..], &self.text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat()
            }
            Some(other) => panic!("{other}"),
        }
    }

    fn run(&self) -> Result<(), String> {
        let read = csv::read("Rules", self.bytes());
        match (&self.rows, &self.wrong, read) {
            (Some(rows), None, Ok(read)) => {
                let read: Vec<&Cells> = read.iter().map(|row| &row.cells).collect();
                let same = read.iter().copied().eq(rows);
                if same { Ok(()) } else { Err(format!("is read as {read:?}")) }
            }
            (None, Some((line, column, says)), Err(problems)) => {
                let expected = ("Rules".to_owned(), line.to_string(), column.clone());
                let only = problems.iter().all(|problem| cell_of(problem) == expected);
                let said = problems.iter().any(|problem| problem.detail.contains(says));
                if only && said { Ok(()) } else { Err(format!("says {problems:?}")) }
            }
            (.., read) => Err(format!("{read:?}")),
        }
    }
}

#[test]
fn a_marketers_mistake_is_read_as_it_is_meant_or_named_in_its_own_cell() {
    let cases: Cases = toml::from_str(include_str!("sheet/mistakes.toml")).unwrap();
    let mut wrong = Vec::new();
    for mistake in &cases.mistake {
        for source in [Source::Files, Source::Nocodb].into_iter().filter(|source| mistake.is_of(*source)) {
            if let Err(difference) = mistake.run(source) {
                wrong.push(format!("{} ({source:?}): {difference}", mistake.name));
            }
        }
    }
    for file in &cases.file {
        if let Err(difference) = file.run() {
            wrong.push(format!("{}: {difference}", file.name));
        }
    }
    let count = cases.mistake.len() + cases.file.len();
    assert!(wrong.is_empty(), "{} of {count} mistakes:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= AT_LEAST, "{count} mistakes");
}

/// What stands in a cell of a row that says something and cannot be read.
const GARBAGE: [&str; 3] = ["@@", "1,5E+03", "a\0b"];

#[test]
fn what_cannot_be_read_in_one_cell_is_said_once_and_nothing_follows_from_it() {
    let mut sample = settings_rows::unfolded(&sample::tables());
    sample.0.remove("Examples"); // they say what follows for points
    let (mut wrong, mut said) = (Vec::new(), 0);
    for table in tables::of_marketers() {
        let columns: Vec<&tables::Column> = table.marketers().filter(|column| column.group.is_none()).collect();
        for (row, column) in
            (0..sample.rows(&table.title).len()).flat_map(|row| columns.iter().map(move |it| (row, it)))
        {
            if column.cells == Some(tables::Cells::Id) || column.title == "Setting" {
                continue; // other rows name it
            }
            for garbage in GARBAGE {
                let mut all = sample.clone();
                all.0.get_mut(&table.title).unwrap()[row].cells.insert(column.title.clone(), garbage.to_owned());
                let Ok(read) = Source::Files.read(&all) else { continue };
                let Err(problems) = review(&read, &known()) else { continue };
                let cell = (table.title.clone(), Source::Files.key(row + 1), column.title.clone());
                if problems.iter().any(|problem| cell_of(problem) == cell) {
                    said += 1;
                    if problems.len() > 1 {
                        wrong.push(format!("{cell:?} is {garbage:?}: {problems:#?}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {said}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(said > 300, "{said} cells say something");
}
