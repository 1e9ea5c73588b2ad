//! `loyalty import`: members, opening lots and past orders from a file, through the running service. The whole file is rehearsed
//! at first, by the service itself; nothing is written when anything is wrong. Broken off, it is simply run again: a row that
//! is there already is known.

mod columns;
mod file;
mod presets;
mod service;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::SecretString;

use crate::{config::Settings, intake::imports::Kind, values::count::counted};
use file::{Reading, Row, Rows};
use presets::Preset;
use service::{Answer, Service};

#[derive(Args)]
pub struct Import {
    /// What the file holds
    #[arg(value_parser = PossibleValuesParser::new(KINDS.map(|(name, _)| name)).map(|name| kind(&name)))]
    kind: Kind,
    /// A .csv or .jsonl file
    file: PathBuf,
    /// Whose export it is: loyalty, loyaltylion, smile, yotpo, smartico, mindbox, sailplay
    #[arg(long)]
    preset: Option<String>,
    /// Look at everything and write nothing
    #[arg(long)]
    dry_run: bool,
    /// What the file's letters are where its bytes do not tell: windows-1251, windows-1252 ...
    #[arg(long)]
    encoding: Option<String>,
    /// Cells may reach over a line; without it that is a missing quote
    #[arg(long)]
    line_breaks: bool,
    /// Where the service runs; `server.listen` when left out
    #[arg(long)]
    url: Option<String>,
    /// A key with the scope admin; `admin.key` of the data folder when left out
    #[arg(long, env = "LOYALTY_KEY", hide_env_values = true)]
    key: Option<SecretString>,
}

const KINDS: [(&str, Kind); 3] = [("members", Kind::Members), ("lots", Kind::Lots), ("orders", Kind::Orders)];

fn kind(name: &str) -> Kind {
    KINDS.iter().find(|(known, _)| *known == name).map_or(Kind::Members, |(_, kind)| *kind)
}

/// Problems printed one by one; the rest is counted.
const SHOWN: usize = 100;

/// What the service says of a whole file.
#[derive(Default)]
struct Rehearsal {
    rows: u64,
    /// Rows that could not be sent.
    unreadable: u64,
    new: u64,
    known: u64,
    problems: Vec<Problem>,
    /// Lines of people who may be there under another name.
    doubtful: Vec<u64>,
    /// Line of each row's identity.
    seen: HashMap<String, u64>,
}

/// What is wrong, where, and what to do.
struct Problem {
    line: u64,
    column: Option<String>,
    detail: String,
}

pub async fn run(settings: &Settings, command: Import) -> anyhow::Result<ExitCode> {
    let Import { kind, file, preset, dry_run, encoding, line_breaks, url, key } = command;
    let preset = preset.map(|name| Preset::named(&name, kind)).transpose()?;
    let line_breaks = line_breaks || preset.as_ref().is_some_and(Preset::is_ours);
    let reading = Reading { preset, encoding, line_breaks };
    let service = Service::of(settings, url, key, kind)?;
    let rows = Rows::open(&file, kind, reading.clone())?;
    if let Some(encoding) = rows.foreign_encoding() {
        println!("{}: read as {encoding}", file.display());
    }
    let rehearsed = rehearse(&service, rows).await?;
    if !rehearsed.problems.is_empty() {
        return Ok(print_problems(&file, &rehearsed));
    }
    let Rehearsal { rows, new, known, doubtful, .. } = rehearsed;
    if !dry_run && new > 0 {
        write(&service, Rows::open(&file, kind, reading)?, rows).await?;
    }
    let done = if dry_run { "would be new" } else { "new" };
    println!("{}: {} read, {new} {done}, {known} already there", file.display(), counted(rows, "row"));
    for line in &doubtful {
        println!(
            "{}, line {line}: may be somebody who is there already: GET /v1/duplicates, or Duplicates on the console",
            file.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Has every row decided and nothing kept.
async fn rehearse(service: &Service, mut rows: Rows) -> anyhow::Result<Rehearsal> {
    let bar = bar("looked at {bar:40} {percent}%", rows.bytes());
    let mut rehearsed = Rehearsal::default();
    while let Some(chunk) = rows.chunk(&mut rehearsed.problems)? {
        let answers = service.send(&chunk, true).await?;
        rehearsed.rows += chunk.len() as u64;
        for (row, answer) in chunk.iter().zip(answers) {
            rehearsed.add(&rows, row, answer);
        }
        bar.set_position(rows.position());
    }
    bar.finish_and_clear();
    rehearsed.unreadable = rows.unreadable;
    rehearsed.problems.sort_by_key(|problem| problem.line);
    Ok(rehearsed)
}

impl Rehearsal {
    fn add(&mut self, rows: &Rows, row: &Row, answer: Answer) {
        for (pointer, detail) in answer.wrong {
            let column = rows.column(&pointer);
            self.problems.push(Problem { line: row.line, column, detail });
        }
        if answer.doubtful && self.doubtful.len() < SHOWN {
            self.doubtful.push(row.line);
        }
        let Some(id) = answer.id else { return };
        if let Some(first) = self.seen.insert(id, row.line) {
            let detail = format!("is the same as line {first}: leave one out, or tell them apart by an id");
            self.problems.push(Problem { line: row.line, column: None, detail });
        }
        self.new += u64::from(answer.new);
        self.known += u64::from(answer.known);
    }
}

async fn write(service: &Service, mut rows: Rows, count: u64) -> anyhow::Result<()> {
    let bar = bar("rows {bar:40} {pos}/{len}, {eta} left", count);
    let mut problems = Vec::new();
    while let Some(chunk) = rows.chunk(&mut problems)? {
        for (row, answer) in chunk.iter().zip(service.send(&chunk, false).await?) {
            if let Some((_, detail)) = answer.wrong.first() {
                anyhow::bail!(
                    "line {}: {detail}. It was fine when it was looked at: something changed meanwhile. What came before \
                     it is written; run the same command again",
                    row.line
                );
            }
        }
        bar.inc(chunk.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

fn bar(template: &str, length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}

fn print_problems(file: &Path, rehearsed: &Rehearsal) -> ExitCode {
    let name = file.display();
    for Problem { line, column, detail } in rehearsed.problems.iter().take(SHOWN) {
        match column {
            Some(column) => println!("{name}, line {line}, column {column}: {detail}"),
            None => println!("{name}, line {line}: {detail}"),
        }
    }
    let count = rehearsed.problems.len();
    if count > SHOWN {
        println!("... and {} more", count - SHOWN);
    }
    let rows = rehearsed.rows + rehearsed.unreadable;
    println!("{} read, {}; nothing was written", counted(rows, "row"), counted(count, "problem"));
    ExitCode::FAILURE
}
