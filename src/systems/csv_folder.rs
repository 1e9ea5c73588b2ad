//! The programme as CSV files in a folder: what a marketer edits while no NocoDB is connected.
//! Guarantees: a change goes live when the files stood still for one look and have no problem; otherwise the last good
//! version stays live and the log names file, line and column.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    config::Settings,
    programme::{self, OPTIONAL, Problem, Tables, sample},
    store::{Store, StoreError, programmes::LiveProgrammes},
};

/// The folder.
#[derive(Debug, Clone)]
pub struct CsvFolder {
    path: PathBuf,
    poll: Duration,
}

/// Why the folder gave no programme.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{0} (setting programme.folder): {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("{}", told(.0))]
    Problems(Vec<Problem>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CsvFolder {
    /// The folder of the settings; made and filled with the sample when it is not there.
    pub fn open(settings: &Settings) -> Result<Self, FolderError> {
        let path = settings.programme.folder.clone().unwrap_or_else(|| settings.server.data.join("programme"));
        if !path.exists() {
            fill(&path).map_err(|error| FolderError::Unreadable(path.clone(), error))?;
        }
        Ok(Self { path, poll: Duration::from_millis(settings.programme.poll_ms) })
    }

    /// The rows as they are in the files now. A row's key is its line.
    pub fn load(&self) -> Result<Tables, FolderError> {
        let mut tables = Tables::default();
        let mut problems = Vec::new();
        for (table, _) in sample::files() {
            let file = self.path.join(format!("{table}.csv"));
            let text = match fs::read_to_string(&file) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && OPTIONAL.contains(&table) => continue,
                read => read.map_err(|error| FolderError::Unreadable(file, error))?,
            };
            match sample::from_csv(table, &text) {
                Ok(rows) => drop(tables.0.insert(table.to_owned(), rows)),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(tables) } else { Err(FolderError::Problems(problems)) }
    }

    /// Publishes what is in the folder, if it is a programme that was never published: at a start, so that edits made
    /// meanwhile count, but an old folder never replaces what was published elsewhere since.
    pub async fn first_publish(
        &self,
        store: &Store,
        live: &LiveProgrammes,
        brand: &str,
        clock: &dyn Clock,
    ) -> Result<(), FolderError> {
        let tables = self.load()?;
        let content = tables.canonical();
        let published = store.published().await?;
        if published.iter().any(|rows| rows.brand == brand && rows.content == content) {
            return Ok(());
        }
        publish(&tables, store, live, brand, clock).await
    }

    /// Publishes each change until told to stop.
    pub async fn watch(
        self,
        store: Store,
        live: LiveProgrammes,
        brand: String,
        clock: std::sync::Arc<dyn Clock>,
        stop: CancellationToken,
    ) {
        let mut watch = Watch { done: self.load().ok(), seen: None, said: String::new() };
        while !stop.is_cancelled() {
            tokio::select! { () = tokio::time::sleep(self.poll) => {}, () = stop.cancelled() => return }
            match watch.changed(self.load()) {
                Ok(None) => {}
                Ok(Some(tables)) => {
                    watch.say(publish(&tables, &store, &live, &brand, clock.as_ref()).await, &self.path);
                }
                Err(error) => watch.say(Err(error), &self.path),
            }
        }
    }
}

/// What a watch remembers between two looks.
struct Watch {
    /// What was dealt with.
    done: Option<Tables>,
    /// What the last look saw.
    seen: Option<Tables>,
    /// The problem that was logged.
    said: String,
}

impl Watch {
    /// The rows, once, when they are new and stood still since the last look: editors write in pieces.
    fn changed(&mut self, loaded: Result<Tables, FolderError>) -> Result<Option<Tables>, FolderError> {
        let tables = loaded.inspect_err(|_| self.seen = None)?;
        let still = self.seen.as_ref() == Some(&tables);
        let new = self.done.as_ref() != Some(&tables);
        self.seen = Some(tables.clone());
        if still && new {
            self.done = Some(tables.clone());
            return Ok(Some(tables));
        }
        Ok(None)
    }

    fn say(&mut self, outcome: Result<(), FolderError>, folder: &Path) {
        let problem = outcome.err().map(|error| error.to_string()).unwrap_or_default();
        if !problem.is_empty() && problem != self.said {
            tracing::warn!(folder = %folder.display(), "the programme stays as it was: {problem}");
        }
        self.said = problem;
    }
}

async fn publish(
    tables: &Tables,
    store: &Store,
    live: &LiveProgrammes,
    brand: &str,
    clock: &dyn Clock,
) -> Result<(), FolderError> {
    let programme = programme::check(tables).map_err(FolderError::Problems)?;
    let number = store.publish(live, brand, tables, programme, clock.now()).await?;
    tracing::info!(brand, version = number, "programme v{number} is live, read from its folder");
    Ok(())
}

fn fill(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    for (table, text) in sample::files() {
        fs::write(path.join(format!("{table}.csv")), text)?;
    }
    Ok(())
}

/// Problems by file and line.
fn told(problems: &[Problem]) -> String {
    let told = problems.iter().map(|Problem { table, row, column, detail }| {
        let line = if row.is_empty() { String::new() } else { format!(", line {row}") };
        let column = if column.is_empty() { String::new() } else { format!(", {column}") };
        format!("{table}.csv{line}{column}: {detail}")
    });
    told.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    struct Shop {
        folder: PathBuf,
        settings: Settings,
        store: Store,
        live: LiveProgrammes,
        clock: std::sync::Arc<ManualClock>,
    }

    impl Shop {
        fn open(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("loyalty-csv-{}-{name}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            let mut settings = Settings::load(None).unwrap();
            settings.server.data.clone_from(&folder);
            let store = Store::open(&folder).unwrap();
            let clock = ManualClock::at("2026-11-20T12:00:00Z");
            Self { folder, settings, store, live: LiveProgrammes::default(), clock }
        }

        async fn start(&self) -> Result<CsvFolder, FolderError> {
            let folder = CsvFolder::open(&self.settings)?;
            folder.first_publish(&self.store, &self.live, "main", self.clock.as_ref()).await?;
            Ok(folder)
        }

        fn write(&self, file: &str, from: &str, to: &str) {
            let path = self.folder.join("programme").join(file);
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(from));
            fs::write(path, text.replace(from, to)).unwrap();
        }

        fn version(&self) -> u32 {
            self.live.of("main").unwrap().live().number
        }
    }

    impl Drop for Shop {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }

    #[tokio::test]
    async fn the_first_start_makes_the_folder_and_publishes_the_sample() {
        let shop = Shop::open("first");
        shop.start().await.unwrap();
        assert_eq!(shop.version(), 1);
        assert!(shop.folder.join("programme/Rules.csv").exists());
    }

    #[tokio::test]
    async fn edits_made_between_two_starts_count_but_an_old_folder_replaces_nothing() {
        let shop = Shop::open("starts");
        shop.start().await.unwrap();
        shop.write("Rules.csv", "sport/shoes,,,,,,,2,", "sport/shoes,,,,,,,3,");
        shop.start().await.unwrap();
        assert_eq!(shop.version(), 2);
        shop.write("Rules.csv", "sport/shoes,,,,,,,3,", "sport/shoes,,,,,,,2,");
        shop.start().await.unwrap();
        assert_eq!(shop.version(), 2);
    }

    #[tokio::test]
    async fn a_broken_file_names_line_and_column_and_changes_nothing() {
        let shop = Shop::open("broken");
        let folder = shop.start().await.unwrap();
        shop.write("Rules.csv", "sport/shoes,,,,,,,2,", "sport/shoes,,,,,,,0.5,");
        let error = shop.start().await.unwrap_err().to_string();
        assert_eq!(error, "Rules.csv, line 3, Multiplier: must lie between 1 and 100");
        shop.write("Rules.csv", "base,", "\"base,");
        assert!(folder.load().is_err());
        fs::remove_file(shop.folder.join("programme/Tiers.csv")).unwrap();
        assert!(folder.load().unwrap_err().to_string().contains("Tiers.csv"));
        assert_eq!(shop.version(), 1);
    }

    #[test]
    fn a_change_is_taken_once_and_only_after_it_stood_still() {
        let (old, mut new) = (sample::tables(), sample::tables());
        new.0.get_mut("Rules").unwrap().pop();
        let mut watch = Watch { done: Some(old.clone()), seen: None, said: String::new() };
        let mut look = |tables: &Tables| watch.changed(Ok(tables.clone())).unwrap().is_some();
        let seen = [look(&old), look(&new), look(&old), look(&new), look(&new), look(&new)];
        assert_eq!(seen, [false, false, false, false, true, false]);
    }
}
