//! A file as rows: CSV (commas, semicolons or tabs) or JSON lines, each with its line number, under the import's own column
//! names. Read in chunks that fit one request.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek},
    path::Path,
};

use anyhow::{Context, bail};
use serde_json::{Map, Value};

use super::{Problem, columns, presets::Preset};
use crate::intake::imports::{Kind, ROWS};

/// Bytes of JSON in one request, well below what the service takes.
const BYTES: usize = 600 * 1024;

const NO_UTF8: &str = "is not UTF-8: save the file as CSV UTF-8";

pub struct Row {
    pub line: u64,
    pub data: Map<String, Value>,
}

pub struct Rows {
    source: Source,
    /// Of a CSV file, in its order.
    columns: Vec<String>,
    preset: Option<Preset>,
    bytes: u64,
    /// A row that did not fit into the last chunk.
    waiting: Option<Row>,
}

enum Source {
    Csv(Box<csv::Reader<BufReader<File>>>),
    Lines { reader: BufReader<File>, line: u64, position: u64 },
}

impl Rows {
    pub fn open(path: &Path, kind: Kind, preset: Option<&Preset>) -> anyhow::Result<Self> {
        let named = || format!("{} cannot be read", path.display());
        let mut file = File::open(path).with_context(named)?;
        let bytes = file.metadata().with_context(named)?.len();
        let preset = preset.cloned();
        let is = |ending: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending));
        if is("jsonl") || is("ndjson") {
            let source = Source::Lines { reader: BufReader::new(file), line: 0, position: 0 };
            return Ok(Self { source, columns: Vec::new(), preset, bytes, waiting: None });
        }
        if !is("csv") {
            bail!("{}: the ending says what it is: .csv or .jsonl", path.display());
        }
        let delimiter = delimiter(&mut file).with_context(named)?;
        let reader = BufReader::new(file);
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(reader);
        let header = reader.headers().with_context(named)?.clone();
        let columns = header_columns(path, &header, kind, preset.as_ref())?;
        Ok(Self { source: Source::Csv(Box::new(reader)), columns, preset, bytes, waiting: None })
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn position(&self) -> u64 {
        match &self.source {
            Source::Csv(reader) => reader.position().byte(),
            Source::Lines { position, .. } => *position,
        }
    }

    /// The file's own name of what a pointer leads to.
    pub fn column(&self, pointer: &str) -> Option<String> {
        let path = pointer.strip_prefix('/')?;
        let first = path.split('/').next()?;
        let names = self.preset.as_ref().map(|preset| preset.names_of(first)).unwrap_or_default();
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
            let row = data.map(|data| match &self.preset {
                Some(preset) => preset.read(data),
                None => Some(data),
            });
            match row {
                Ok(Some(data)) => return Ok(Some(Row { line, data })),
                Ok(None) => {}
                Err((column, detail)) => problems.push(Problem { line, column, detail }),
            }
        }
    }

    fn read(&mut self) -> anyhow::Result<Option<(u64, Cells)>> {
        match &mut self.source {
            Source::Csv(reader) => {
                let mut record = csv::StringRecord::new();
                let read = reader.read_record(&mut record);
                let line = record.position().map_or(0, csv::Position::line);
                match read {
                    Ok(true) => {}
                    Ok(false) => return Ok(None),
                    Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
                        return Ok(Some((line, Err((None, NO_UTF8.to_owned())))));
                    }
                    Err(error) => return Err(error.into()),
                }
                Ok(Some((line, cells(&self.columns, &record))))
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

fn cells(columns: &[String], record: &csv::StringRecord) -> Cells {
    if record.len() != columns.len() {
        return Err((None, format!("has {} cells, the first line has {}", record.len(), columns.len())));
    }
    let mut data = Map::new();
    for (column, cell) in columns.iter().zip(record) {
        let cell = cell.trim();
        if cell.is_empty() || data.contains_key(column) {
            continue;
        }
        let value = if column == "lines" || column == "carried" {
            serde_json::from_str(cell).map_err(|error| (Some(column.clone()), format!("is not JSON: {error}")))?
        } else {
            Value::from(cell)
        };
        data.insert(column.clone(), value);
    }
    Ok(data)
}

fn without_nothing(data: Map<String, Value>) -> Map<String, Value> {
    data.into_iter().filter(|(_, value)| !value.is_null() && value != "").collect()
}

/// Each column must be known, unless a preset picks out those it knows.
fn header_columns(
    path: &Path,
    header: &csv::StringRecord,
    kind: Kind,
    preset: Option<&Preset>,
) -> anyhow::Result<Vec<String>> {
    let columns: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    if let Some(preset) = preset {
        return match preset.missing(header) {
            Some(missing) => bail!("{}, line 1: {missing}. Nothing was written", path.display()),
            None => Ok(columns),
        };
    }
    let known = columns::of(kind);
    if let Some(name) = columns.iter().find(|name| !known.contains(&name.as_str())) {
        bail!(
            "{}, line 1, column {name}: not known; do you mean {}? The columns are {} (--preset for exports of other systems). \
             Nothing was written",
            path.display(),
            columns::nearest(name, &known),
            known.join(", ")
        );
    }
    Ok(columns)
}

/// What separates the cells of the first line; a mark of UTF-8 before it is skipped.
fn delimiter(file: &mut File) -> std::io::Result<u8> {
    let mut start = [0; 3];
    let read = file.read(&mut start)?;
    let begin = if start[..read] == [0xef, 0xbb, 0xbf] { 3 } else { 0 };
    file.seek(std::io::SeekFrom::Start(begin))?;
    let mut header = String::new();
    BufReader::new(file.by_ref()).read_line(&mut header)?;
    file.seek(std::io::SeekFrom::Start(begin))?;
    let count = |mark: char| header.matches(mark).count();
    Ok(match (count(','), count(';'), count('\t')) {
        (commas, semicolons, tabs) if semicolons > commas && semicolons >= tabs => b';',
        (commas, _, tabs) if tabs > commas => b'\t',
        _ => b',',
    })
}
