//! A file as rows: CSV or JSON lines, each with its line number, under the import's own column
//! names. Read in chunks that fit one request.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::{Context, bail};
use serde_json::{Map, Value};

use super::{Problem, columns, presets::Preset};
use crate::{
    intake::imports::{Kind, ROWS},
    values::{
        near::is_it_meant,
        sheet::{self, Sheet, Wrong},
        typed::plain_number,
    },
};

/// Bytes of JSON in one request, well below what the service takes.
const BYTES: usize = 600 * 1024;

/// Columns of whole numbers and amounts: their decimal comma is read as one.
const NUMBERS: [&str; 7] = ["points", "total", "shipping", "refunded", "earned", "exchange_rate", "revision"];

/// How a file is to be read, where its bytes do not tell.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    pub preset: Option<Preset>,
    pub encoding: Option<String>,
    /// A cell may reach over a line.
    pub line_breaks: bool,
}

pub struct Row {
    pub line: u64,
    pub data: Map<String, Value>,
}

pub struct Rows {
    source: Source,
    /// Of a CSV file, in its order.
    columns: Vec<String>,
    reading: Reading,
    bytes: u64,
    /// A row that did not fit into the last chunk.
    waiting: Option<Row>,
    /// Rows in which something cannot be read.
    pub unreadable: u64,
}

enum Source {
    Csv(Box<Sheet>),
    Lines { reader: BufReader<File>, line: u64, position: u64 },
}

impl Rows {
    pub fn open(path: &Path, kind: Kind, reading: Reading) -> anyhow::Result<Self> {
        let named = || format!("{} cannot be read", path.display());
        let is = |ending: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending));
        if is("jsonl") || is("ndjson") {
            let file = File::open(path).with_context(named)?;
            let bytes = file.metadata().with_context(named)?.len();
            let source = Source::Lines { reader: BufReader::new(file), line: 0, position: 0 };
            return Ok(Self { source, columns: Vec::new(), reading, bytes, waiting: None, unreadable: 0 });
        }
        if !is("csv") {
            bail!("{}: the ending says what it is: .csv or .jsonl", path.display());
        }
        let sheet = Sheet::open(&std::fs::read(path).with_context(named)?, reading.encoding.as_deref());
        let sheet = sheet.map_err(|wrong| {
            anyhow::anyhow!("{}, line {}: {}. Nothing was written", path.display(), wrong.line, wrong.detail)
        })?;
        let columns = header_columns(path, sheet.header(), kind, reading.preset.as_ref())?;
        let (_, bytes) = sheet.progress();
        Ok(Self { source: Source::Csv(Box::new(sheet)), columns, reading, bytes, waiting: None, unreadable: 0 })
    }

    /// What a file's bytes were read as, where that is not what it should be.
    pub fn foreign_encoding(&self) -> Option<&'static str> {
        match &self.source {
            Source::Csv(sheet) => Some(sheet.encoding()).filter(|encoding| *encoding != "UTF-8"),
            Source::Lines { .. } => None,
        }
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn position(&self) -> u64 {
        match &self.source {
            Source::Csv(sheet) => sheet.progress().0,
            Source::Lines { position, .. } => *position,
        }
    }

    /// The file's own name of what a pointer leads to.
    pub fn column(&self, pointer: &str) -> Option<String> {
        let path = pointer.strip_prefix('/')?;
        let first = path.split('/').next()?;
        let names = self.reading.preset.as_ref().map(|preset| preset.names_of(first)).unwrap_or_default();
        let has = |name: &&String| self.columns.iter().any(|column| column == *name);
        let name = names.iter().find(has).or(names.first());
        Some(name.cloned().unwrap_or_else(|| path.to_owned()))
    }

    /// The next rows; what cannot be read is noted.
    pub fn chunk(&mut self, problems: &mut Vec<Problem>) -> anyhow::Result<Option<Vec<Row>>> {
        let (mut chunk, mut bytes) = (Vec::new(), 0);
        while chunk.len() < ROWS {
            let next = match self.waiting.take() {
                Some(row) => Some(row),
                None => self.next(problems)?,
            };
            let Some(row) = next else { break };
            let size: usize = row.data.iter().map(|(name, value)| name.len() + value.to_string().len() + 6).sum();
            if bytes + size > BYTES && !chunk.is_empty() {
                self.waiting = Some(row);
                break;
            }
            bytes += size;
            chunk.push(row);
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    fn next(&mut self, problems: &mut Vec<Problem>) -> anyhow::Result<Option<Row>> {
        loop {
            let Some((line, data)) = self.read()? else { return Ok(None) };
            let row = data.map(|data| match &self.reading.preset {
                Some(preset) => preset.read(data),
                None => Some(data),
            });
            match row {
                Ok(Some(data)) => return Ok(Some(Row { line, data })),
                Ok(None) => {}
                Err((column, detail)) => {
                    self.unreadable += 1;
                    problems.push(Problem { line, column, detail });
                }
            }
        }
    }

    fn read(&mut self) -> anyhow::Result<Option<(u64, Cells)>> {
        match &mut self.source {
            Source::Csv(sheet) => {
                let read = sheet.next();
                let row = read.map(|read| match read {
                    Ok(row) => (row.line, cells(&self.columns, &row, &self.reading)),
                    Err(Wrong { line, cell, detail }) => {
                        let column = cell.and_then(|cell| self.columns.get(cell)).cloned();
                        (line, Err((column, detail)))
                    }
                });
                Ok(row)
            }
            Source::Lines { reader, line, position } => loop {
                let mut text = String::new();
                let read = reader.read_line(&mut text)?;
                if read == 0 {
                    return Ok(None);
                }
                *line += 1;
                *position += read as u64;
                if text.trim().is_empty() {
                    continue;
                }
                let data = serde_json::from_str::<Map<String, Value>>(&text);
                let data = data.map(without_nothing).map_err(|error| (None, format!("is not a JSON object: {error}")));
                return Ok(Some((*line, data)));
            },
        }
    }
}

/// A row, or the column and what is wrong there.
type Cells = Result<Map<String, Value>, (Option<String>, String)>;

fn cells(columns: &[String], row: &sheet::Row, reading: &Reading) -> Cells {
    let mut data = Map::new();
    for (column, cell) in columns.iter().zip(&row.cells) {
        let cell = cell.trim();
        if cell.is_empty() || data.contains_key(column) {
            continue;
        }
        let wrong = |detail: String| (Some(column.clone()), detail);
        let ours = reading.preset.as_ref().and_then(|preset| preset.column_of(column)).unwrap_or(column).as_str();
        if cell.contains(['\n', '\r']) && !["lines", "carried"].contains(&ours) && !reading.line_breaks {
            let detail = "holds a line break: is a quote missing? If it belongs there, say --line-breaks";
            return Err(wrong(detail.to_owned()));
        }
        let value = match ours {
            "lines" | "carried" => {
                serde_json::from_str(cell).map_err(|error| wrong(format!("is not JSON: {error}")))?
            }
            number if NUMBERS.contains(&number) => Value::from(plain_number(cell).map_err(wrong)?),
            _ => Value::from(cell),
        };
        data.insert(column.clone(), value);
    }
    Ok(data)
}

fn without_nothing(data: Map<String, Value>) -> Map<String, Value> {
    data.into_iter().filter(|(_, value)| !value.is_null() && value != "").collect()
}

/// Each column must be known, unless a preset picks out those it knows.
fn header_columns(path: &Path, header: &[String], kind: Kind, preset: Option<&Preset>) -> anyhow::Result<Vec<String>> {
    let columns = header.to_vec();
    if let Some(preset) = preset {
        return match preset.missing(header) {
            Some(missing) => bail!("{}, line 1: {missing}. Nothing was written", path.display()),
            None => Ok(columns),
        };
    }
    let known = columns::of(kind);
    if let Some(name) = columns.iter().find(|name| !known.contains(&name.as_str())) {
        bail!(
            "{}, line 1, column {name}: not known{}. The columns are {} (--preset for exports of other systems). \
             Nothing was written",
            path.display(),
            is_it_meant(&name.to_lowercase().replace([' ', '-'], "_"), &known),
            known.join(", ")
        );
    }
    Ok(columns)
}
