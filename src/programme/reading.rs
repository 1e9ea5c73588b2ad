//! Reads one row cell by cell, collecting a problem for each cell that cannot be read instead of stopping at the first.
//! Guarantees: of a cell that cannot be read nothing else is said, nor of what follows from it.

use std::{collections::BTreeSet, marker::PhantomData, str::FromStr};

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use super::{
    rows::{Problem, Row},
    tables::Columns,
};
use crate::values::{
    day::day,
    money,
    typed::{self, plain_number},
    unit::Unit,
};

/// Whether a cell holds what no text has; of that the reader of all cells has said so.
fn is_no_text(cell: &str) -> bool {
    cell.contains('\0')
}

/// The largest whole number of a cell.
const MOST: i64 = 1_000_000_000;

/// A row being read, by the columns of its table and no others.
pub struct Reading<'a, C> {
    row: &'a Row,
    problems: &'a mut Vec<Problem>,
    /// Columns whose cells cannot be read, and say so.
    unreadable: BTreeSet<&'static str>,
    columns: PhantomData<C>,
}

impl<'a, C: Columns> Reading<'a, C> {
    pub fn of(row: &'a Row, problems: &'a mut Vec<Problem>) -> Self {
        Self { row, problems, unreadable: BTreeSet::new(), columns: PhantomData }
    }

    /// What is wrong with what a cell says; of one that cannot be read something is said already.
    pub fn problem(&mut self, column: C, detail: impl Into<String>) {
        if self.reads([column]) {
            self.problems.push(problem(C::TABLE, self.row, column.title(), detail.into()));
        }
    }

    /// What keeps a cell from being read.
    pub fn unreadable(&mut self, column: C, detail: impl Into<String>) {
        self.problems.push(problem(C::TABLE, self.row, column.title(), detail.into()));
        self.unreadable.insert(column.title());
    }

    /// What is wrong with what cells say together: with this one, as long as all of them can be read.
    pub fn disagree<const N: usize>(&mut self, column: C, others: [C; N], detail: impl Into<String>) {
        if self.reads(others) {
            self.problem(column, detail);
        }
    }

    /// Whether these cells can be read, as far as they were looked at.
    pub fn reads<const N: usize>(&self, columns: [C; N]) -> bool {
        let fine = |column: &C| !self.row.cell(*column).is_some_and(is_no_text);
        columns.iter().all(|column| !self.unreadable.contains(column.title()) && fine(column))
    }

    /// Whether all cells that were looked at can be read.
    pub fn reads_all(&self) -> bool {
        self.unreadable.is_empty() && !self.row.cells.values().any(|cell| is_no_text(cell))
    }

    pub fn text(&self, column: C) -> Option<&'a str> {
        self.row.cell(column)
    }

    pub fn required(&mut self, column: C) -> String {
        let text = self.text(column).unwrap_or_default().to_owned();
        if text.is_empty() {
            self.unreadable(column, "is empty; it is needed");
        }
        text
    }

    /// An id: what other rows and systems refer to, so nothing that needs escaping.
    pub fn id(&mut self, column: C) -> String {
        let id = self.required(column);
        let fine = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if id.len() > 60 || !id.chars().all(fine) {
            self.unreadable(column, format!("`{id}` may only have letters, digits, - _ and ., at most 60"));
        }
        id
    }

    /// Anything with a text form of its own.
    pub fn parsed<T: FromStr>(&mut self, column: C) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        match self.text(column)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.unreadable(column, error.to_string());
                None
            }
        }
    }

    /// An amount of money, in minor units.
    pub fn money(&mut self, column: C, currency: &str) -> Option<i64> {
        self.decimal(column, Unit::Money(currency), money::places(currency))
    }

    /// A percentage, in hundredths.
    pub fn percent(&mut self, column: C) -> Option<i64> {
        self.decimal(column, Unit::Percent, 2)
    }

    /// How many times, in units of the last of `places` places.
    pub fn times(&mut self, column: C, places: u32) -> Option<i64> {
        self.decimal(column, Unit::Times, places)
    }

    /// A whole number of points, orders or anything else that is counted alone.
    pub fn points(&mut self, column: C) -> Option<i64> {
        self.whole(column, Unit::Pieces)
    }

    /// A whole number, also written with empty decimals (`100.0`), as a spreadsheet may do.
    pub fn whole(&mut self, column: C, unit: Unit<'_>) -> Option<i64> {
        let whole = |text: &str, number: String| match money::parse_units(&number, 0) {
            Ok(points) if points <= MOST => Ok(points),
            _ => Err(format!("`{text}` is not a whole number between 0 and {MOST}")),
        };
        self.number(column, (unit, 0), whole)
    }

    /// A non-negative decimal, in units of the last of `places` places.
    fn decimal(&mut self, column: C, unit: Unit<'_>, places: u32) -> Option<i64> {
        let units = |text: &str, number: String| {
            money::parse_units(&number, places).map_err(|error| format!("`{text}` {error}"))
        };
        self.number(column, (unit, places), units)
    }

    /// What is read of a number without its unit; a problem where it may be another one.
    fn number(
        &mut self,
        column: C,
        (unit, places): (Unit<'_>, u32),
        read: impl Fn(&str, String) -> Result<i64, String>,
    ) -> Option<i64> {
        let text = self.text(column)?;
        let number = unit.number(text).and_then(|bare| {
            let number = read(text, plain_number(bare)?)?;
            Ok((number, typed::doubt(bare, places)))
        });
        match number {
            Ok((number, doubt)) => {
                if let Some(doubt) = doubt {
                    self.unreadable(column, doubt);
                }
                Some(number)
            }
            Err(detail) => {
                self.unreadable(column, detail);
                None
            }
        }
    }

    /// A list separated by commas, semicolons or lines.
    pub fn list(&self, column: C) -> Vec<String> {
        let text = self.text(column).unwrap_or_default();
        let parts = text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| part.trim_matches('/').to_owned()).collect()
    }

    /// A list of things that each have a text form of their own.
    pub fn each<T: FromStr>(&mut self, column: C) -> Vec<T>
    where
        T::Err: std::fmt::Display,
    {
        let mut all = Vec::new();
        for part in self.list(column) {
            match part.parse::<T>() {
                Ok(one) => all.push(one),
                Err(error) => self.unreadable(column, error.to_string()),
            }
        }
        all
    }

    /// A tick: yes/no in the ways spreadsheets write it.
    pub fn tick(&mut self, column: C, default: bool) -> bool {
        let Some(text) = self.text(column) else { return default };
        typed::tick(text).unwrap_or_else(|| {
            self.unreadable(column, format!("`{}` is neither yes nor no", text.to_lowercase()));
            default
        })
    }

    /// The first instant of a local day, or an exact instant.
    pub fn from(&mut self, column: C, zone: &TimeZone) -> Option<Timestamp> {
        self.instant(column, zone, 0)
    }

    /// Up to and including a local day, as the first instant after it; or an exact instant.
    pub fn until(&mut self, column: C, zone: &TimeZone) -> Option<Timestamp> {
        self.instant(column, zone, 1)
    }

    fn instant(&mut self, column: C, zone: &TimeZone, add_days: i32) -> Option<Timestamp> {
        let text = self.text(column)?;
        if let Err(detail) = whole_day_or_instant(text, zone) {
            self.unreadable(column, detail);
        }
        instant(text, zone, add_days)
    }
}

/// The first instant of the local day that is so many days after the one that is written, or an exact instant.
pub fn instant(text: &str, zone: &TimeZone, add_days: i32) -> Option<Timestamp> {
    if let Some(at) = exact(text) {
        return Some(at);
    }
    let read = day(text).ok().or_else(|| text.parse::<Date>().ok())?;
    let day = read.checked_add(add_days.days()).ok()?;
    day.to_zoned(zone.clone()).ok().map(|start| start.timestamp())
}

fn exact(text: &str) -> Option<Timestamp> {
    text.replacen(' ', "T", 1).parse().ok()
}

/// Of no day before it anything is told.
const OLDEST: i16 = 1970;

/// What is wrong with a day or an instant as it is written. A time without its zone is nobody's.
fn whole_day_or_instant(text: &str, zone: &TimeZone) -> Result<(), String> {
    if exact(text).is_some() {
        return Ok(());
    }
    if let Ok(at) = text.parse::<DateTime>().map_err(drop)
        && text.contains(':')
        && let Ok(at) = at.to_zoned(zone.clone())
    {
        let meant = at.strftime("%Y-%m-%dT%H:%M%:z");
        return Err(format!("`{text}` has a time without its zone: write it like {meant}, or the day alone"));
    }
    let read = day(text)?;
    if read.year() < OLDEST { Err(format!("`{text}` lies before {OLDEST}: is another year meant?")) } else { Ok(()) }
}

fn problem(table: &str, row: &Row, column: &str, detail: String) -> Problem {
    Problem { table: table.to_owned(), row: row.key.clone(), column: column.to_owned(), detail }
}
