//! `loyalty backup FILE` and `loyalty restore FILE`: the whole data folder as one file, and back. The service may run while
//! it is backed up; it must not while it is restored.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use indicatif::ProgressBar;

use crate::{
    clock::{Clock, SystemClock},
    config::Settings,
    data_folder::DataFolder,
    store::backup,
    values::count::counted,
};

/// Writes the data folder into one file.
pub async fn backup(settings: &Settings, file: PathBuf) -> anyhow::Result<ExitCode> {
    refuse_postgres(settings, "back it up with pg_dump or pg_basebackup")?;
    let folder = settings.server.data.clone();
    let bar = waiting("copying the database");
    let named = file.display().to_string();
    let held = tokio::task::spawn_blocking(move || backup::write(&folder, &file)).await??;
    bar.finish_and_clear();
    println!(
        "{named}: {} and {}. It holds every secret: keep it as safe as the database",
        counted(held.events, "event"),
        counted(held.files, "file")
    );
    Ok(ExitCode::SUCCESS)
}

/// Makes the data folder of a backup.
pub async fn restore(settings: &Settings, file: PathBuf, replace: bool) -> anyhow::Result<ExitCode> {
    refuse_postgres(settings, "restore it with pg_restore or from your base backup")?;
    let folder = settings.server.data.clone();
    let _lock = DataFolder::lock(&folder)?;
    let there = belongings(&folder);
    if !there.is_empty() && !replace {
        bail!(
            "{} is not empty ({}): restore into an empty folder (--data), or let --replace put aside what is there",
            folder.display(),
            there.join(", ")
        );
    }
    if !file.is_file() {
        bail!("there is no file {}", file.display());
    }
    let (bar, looked) = (waiting("checking the backup"), file.clone());
    tokio::task::spawn_blocking(move || backup::check(&looked)).await??;
    bar.finish_and_clear();
    let aside = put_aside(&folder, &there)?;
    let bar = waiting("checking and copying");
    let target = folder.clone();
    let held = tokio::task::spawn_blocking(move || backup::restore(&file, &target)).await?;
    bar.finish_and_clear();
    let held = held.with_context(|| {
        aside.as_ref().map_or_else(String::new, |aside| format!("what was there is in {}", aside.display()))
    })?;
    let (events, files) = (counted(held.events, "event"), counted(held.files, "file"));
    println!("{}: {events} and {files}. `loyalty verify` proves them", folder.display());
    if let Some(aside) = aside {
        println!("what was there before is in {}", aside.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn refuse_postgres(settings: &Settings, instead: &str) -> anyhow::Result<()> {
    if settings.store.url.is_some() {
        bail!("the ledger is in PostgreSQL (setting store.url): {instead}; docs/OPERATIONS.md, \"Backup\", says how");
    }
    Ok(())
}

/// What would be in the way of a restored ledger.
fn belongings(folder: &Path) -> Vec<String> {
    let names = ["loyalty.db", "loyalty.db-wal", "loyalty.db-shm", "anchors.log", "programme"];
    names.into_iter().filter(|name| folder.join(name).exists()).map(str::to_owned).collect()
}

/// Moves it to a folder of its own: nothing is ever deleted here.
fn put_aside(folder: &Path, names: &[String]) -> anyhow::Result<Option<PathBuf>> {
    if names.is_empty() {
        return Ok(None);
    }
    let aside = folder.join(format!("before-restore-{}", SystemClock.now().strftime("%Y%m%dT%H%M%SZ")));
    std::fs::create_dir(&aside).with_context(|| format!("{} cannot be made", aside.display()))?;
    for name in names {
        std::fs::rename(folder.join(name), aside.join(name)).with_context(|| format!("{name} cannot be put aside"))?;
    }
    Ok(Some(aside))
}

fn waiting(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    bar
}
