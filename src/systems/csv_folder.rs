//! The programme as CSV files in a folder: what a marketer edits while no NocoDB is connected.
//! Guarantees: a change goes live when the files stood still for one look and have no problem; otherwise the last good
//! version stays live and the log names file, line and column; a file that is none of the tables is named.

mod strays;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    config::Settings,
    ids,
    loyalty::programme::review,
    programme::{
        Problem, Tables, csv, sample, settings_rows,
        tables::{self, Table},
    },
    store::{Store, StoreError, published::PublishedRows},
    writer::{
        known,
        programmes::{self, LiveProgrammes},
        publishing::{Draft, NotPublished, Person, Published, Publishing},
    },
};

/// The folder.
#[derive(Debug, Clone)]
pub struct CsvFolder {
    path: PathBuf,
    /// Says what the folder held when it last became, or was, the live version: an edit differs from it.
    mark: PathBuf,
    poll: Duration,
}

/// Why the folder gave no programme.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{path}: {1} (setting programme.folder)", path = .0.display())]
    Unreadable(PathBuf, io::Error),
    #[error(
        "the file {file} is missing in the folder {folder}, and without it there is no table {table}: put it back, or save the table \
         as CSV UTF-8 by that name. Its first line names the columns: {columns}{strays}",
        file = file_name(.table), folder = .folder.display(), table = .table.title,
        columns = first_line(.table), strays = also(.folder)
    )]
    Missing { folder: PathBuf, table: &'static Table },
    #[error("the folder {} does not exist (setting programme.folder): make it, or leave the setting out", .0.display())]
    NotThere(PathBuf),
    #[error("{}", describe(.0))]
    Problems(Vec<Problem>),
    #[error("a second person is to agree that it goes live: on the page Publish of the console, or by a call")]
    Waits,
    #[error("{0}")]
    NotPublished(NotPublished),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NotPublished> for FolderError {
    fn from(error: NotPublished) -> Self {
        match error {
            NotPublished::Problems(problems) => Self::Problems(problems),
            NotPublished::Store(error) => Self::Store(error),
            error => Self::NotPublished(error),
        }
    }
}

/// Times that a connector tries which shares the ledger with others that begin with it.
const TRIES: u32 = 5;

/// What stands in the folder is meant, whatever went live since: several that start together have one folder's rows, and one is first.
async fn beside_the_newest(publishing: &Publishing<'_>, tables: &Tables) -> Result<Published, NotPublished> {
    let mut tries = 1;
    loop {
        let draft = Draft::of(tables.clone(), tables.fingerprint(), publishing.number());
        match publishing.publish(draft, Person::named("folder")).await {
            Err(NotPublished::Moved { .. }) if tries < TRIES => publishing.live.take_newer(publishing.store).await?,
            published => return published,
        }
        tries += 1;
    }
}

impl CsvFolder {
    /// The folder of the settings. One that was set by hand must be there: a mistyped path is no empty programme.
    pub fn open(settings: &Settings) -> Result<Self, FolderError> {
        let data = &settings.server.data;
        let path = match &settings.programme.folder {
            Some(path) if !path.is_dir() => return Err(FolderError::NotThere(path.clone())),
            Some(path) => path.clone(),
            None => data.join("programme"),
        };
        let mark = data.join("programme.mark");
        Ok(Self { path, mark, poll: Duration::from_millis(settings.programme.poll_ms) })
    }

    /// Makes the folder when it is not there: with the live version, or the sample when there is none.
    fn fill(&self, live: Option<&PublishedRows>) -> Result<(), FolderError> {
        if self.path.exists() {
            return Ok(());
        }
        let rows = live.map_or_else(|| Ok(sample::tables()), programmes::tables)?;
        let unreadable = |error| FolderError::Unreadable(self.path.clone(), error);
        fs::create_dir_all(&self.path).map_err(unreadable)?;
        let rows = settings_rows::unfolded(&rows);
        for table in tables::of_marketers() {
            let text = csv::write(&table.title, rows.rows(&table.title));
            fs::write(file(&self.path, table), text).map_err(unreadable)?;
        }
        if live.is_some() {
            self.remember(&self.load()?);
        }
        Ok(())
    }

    fn remember(&self, tables: &Tables) {
        if let Err(error) = fs::write(&self.mark, mark(tables)) {
            tracing::warn!("{} cannot be written: {error}", self.mark.display());
        }
    }

    /// The rows as they are in the files now. A row's key is its line.
    pub fn load(&self) -> Result<Tables, FolderError> {
        load(&self.path)
    }

    /// Files in it that are read by nobody though they look like tables.
    pub fn strays(&self) -> Vec<String> {
        strays::strays(&self.path)
    }

    /// What is to be looked at in the files as they are now; an error where they cannot go live.
    pub async fn review(&self, store: &Store, live: &LiveProgrammes, brand: &str) -> Result<Vec<String>, FolderError> {
        let tables = self.load()?;
        let known = known::for_draft(store, live, brand, &tables).await?;
        has_all_columns(&tables, &known.live)?;
        let (_, look) = review(&tables, &known).map_err(FolderError::Problems)?;
        Ok(look.iter().map(|warning| describe(std::slice::from_ref(warning))).chain(self.strays()).collect())
    }

    /// Publishes what was edited while no service ran, at a start. A folder that nobody touched since it was last live
    /// never replaces what was published elsewhere since, as NocoDB's tables.
    pub async fn first_publish(
        &self,
        store: &Store,
        live: &LiveProgrammes,
        brand: &str,
        clock: &dyn Clock,
    ) -> Result<(), FolderError> {
        let published = store.published().await?;
        let ours: Vec<_> = published.iter().filter(|rows| rows.brand == brand).collect();
        self.fill(ours.last().copied())?;
        let tables = self.load()?;
        let content = tables.canonical();
        let untouched = match fs::read_to_string(&self.mark) {
            Ok(text) => text == mark(&tables),
            Err(_) => ours.iter().any(|rows| rows.content == content),
        };
        if !untouched {
            return self.publish(&tables, store, live, brand, clock).await;
        }
        if let Some(newest) = ours.last().filter(|rows| rows.content != content) {
            let (folder, number) = (self.path.display(), newest.number);
            tracing::warn!("v{number} is live, which was not read from {folder}; the folder counts when it is edited");
        }
        Ok(())
    }

    async fn publish(
        &self,
        tables: &Tables,
        store: &Store,
        live: &LiveProgrammes,
        brand: &str,
        clock: &dyn Clock,
    ) -> Result<(), FolderError> {
        has_all_columns(tables, &known::for_draft(store, live, brand, tables).await?.live)?;
        let publishing = Publishing { store, live, brand, now: clock.now() };
        let Published::Live { number, warnings, .. } = beside_the_newest(&publishing, tables).await? else {
            return Err(FolderError::Waits);
        };
        self.remember(tables);
        tracing::info!(brand, version = number, "programme v{number} is live, read from its folder");
        for warning in &warnings {
            tracing::warn!(brand, version = number, "live, but look: {}", describe(std::slice::from_ref(warning)));
        }
        Ok(())
    }

    /// Publishes each change until told to stop. `not_live` tells what keeps an edit from going live; empty = nothing.
    pub async fn watch(self, around: Around, stop: CancellationToken) {
        let Around { store, live, brand, clock, not_live } = around;
        let mut watch = Watch { done: self.load().ok(), seen: None };
        let mut strays = Vec::new();
        while !stop.is_cancelled() {
            let known = std::mem::replace(&mut strays, self.strays());
            for stray in strays.iter().filter(|stray| !known.contains(stray)) {
                tracing::warn!("{stray}");
            }
            tokio::select! { () = tokio::time::sleep(self.poll) => {}, () = stop.cancelled() => return }
            if clock.doubt().is_some() {
                continue; // a version is live from an instant on
            }
            match watch.changed(self.load()) {
                Ok(None) => {}
                Ok(Some(tables)) => say(self.publish(&tables, &store, &live, &brand, clock.as_ref()).await, &not_live),
                Err(error) => say(Err(error), &not_live),
            }
        }
    }
}

/// The rows that the files of a folder hold. A folder of before has its settings as columns of the programme's file.
pub fn load(folder: &Path) -> Result<Tables, FolderError> {
    let mut rows = Tables::default();
    let mut problems = Vec::new();
    for table in tables::of_marketers() {
        let file = file(folder, table);
        let text = match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !table.file_needed => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder.is_dir() => {
                return Err(FolderError::Missing { folder: folder.to_owned(), table });
            }
            read => read.map_err(|error| FolderError::Unreadable(file, error))?,
        };
        match csv::read(&table.title, &text) {
            Ok(read) => drop(rows.0.insert(table.title.clone(), read)),
            Err(wrong) => problems.extend(wrong),
        }
    }
    if problems.is_empty() { Ok(settings_rows::folded(rows)) } else { Err(FolderError::Problems(problems)) }
}

fn has_all_columns(tables: &Tables, live: &Tables) -> Result<(), FolderError> {
    let lost = csv::lost_columns(tables, live);
    if lost.is_empty() { Ok(()) } else { Err(FolderError::Problems(lost)) }
}

fn file(folder: &Path, table: &Table) -> PathBuf {
    folder.join(file_name(table))
}

fn file_name(table: &Table) -> String {
    format!("{}.csv", table.title)
}

fn first_line(table: &Table) -> String {
    csv::of_file(&table.title).join(",")
}

/// What else is in the folder, to be put behind a sentence: it may be what is missing.
fn also(folder: &Path) -> String {
    strays::strays(folder).iter().fold(String::new(), |all, stray| all + "; " + stray)
}

/// What a watch works with.
pub struct Around {
    pub store: Store,
    pub live: LiveProgrammes,
    pub brand: String,
    pub clock: Arc<dyn Clock>,
    pub not_live: Arc<watch::Sender<String>>,
}

/// Tells the log, once, and whoever asks what keeps the folder from being live.
pub fn say(outcome: Result<(), FolderError>, not_live: &watch::Sender<String>) {
    let problem = outcome.err().map(|error| error.to_string()).unwrap_or_default();
    let known = not_live.send_replace(problem.clone());
    if !problem.is_empty() && problem != known {
        tracing::warn!("edited, not live: {problem}; the last good version stays live");
    }
}

/// What a watch remembers between two looks.
struct Watch {
    /// What was dealt with.
    done: Option<Tables>,
    /// What the last look saw.
    seen: Option<Tables>,
}

impl Watch {
    /// The rows, once, when they are new and stood still since the last look: editors write in pieces.
    fn changed(&mut self, loaded: Result<Tables, FolderError>) -> Result<Option<Tables>, FolderError> {
        // After something unreadable everything is new, so that what mends it is dealt with, even if it was there before.
        let tables = loaded.inspect_err(|_| (self.seen, self.done) = (None, None))?;
        let still = self.seen.as_ref() == Some(&tables);
        let new = self.done.as_ref() != Some(&tables);
        self.seen = Some(tables.clone());
        if still && new {
            self.done = Some(tables.clone());
            return Ok(Some(tables));
        }
        Ok(None)
    }
}

fn mark(tables: &Tables) -> String {
    ids::sha256_hex(tables.canonical().as_bytes())
}

/// Problems by file and line.
fn describe(problems: &[Problem]) -> String {
    let lines = problems.iter().map(|Problem { table, row, column, detail }| {
        let line = if row.is_empty() { String::new() } else { format!(", line {row}") };
        let column = if column.is_empty() { String::new() } else { format!(", {column}") };
        format!("{table}.csv{line}{column}: {detail}")
    });
    lines.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
