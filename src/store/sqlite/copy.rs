//! A consistent copy of a database that others go on writing to: one snapshot, in one file, durable when it is there.

use std::{
    fs::{self, File},
    path::Path,
};

use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// Copies `from` as it stands to `to`, which must not exist. The file is there whole or not at all, and only its owner
/// reads it: the keys of what is encrypted are in it.
pub fn copy(from: &Connection, to: &Path) -> Result<(), StoreError> {
    let named = |error: &dyn std::fmt::Display| StoreError::Unusable(format!("{}: {error}", to.display()));
    if to.exists() {
        return Err(named(&"is there already"));
    }
    let part = part(to);
    let _ = fs::remove_file(&part); // of a copy that was broken off
    write_private(&part).map_err(|error| named(&error))?;
    let text = part.to_str().ok_or_else(|| named(&"is no readable name"))?;
    from.execute("VACUUM INTO ?1", [text])?;
    let finished = File::open(&part).and_then(|file| file.sync_all()).and_then(|()| fs::rename(&part, to));
    finished.and_then(|()| sync_folder(to)).map_err(|error| named(&error))
}

/// The database at `path`, to be read only.
pub fn open(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(connection)
}

fn part(to: &Path) -> std::path::PathBuf {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    to.with_file_name(name)
}

/// An empty file that nobody else reads; SQLite writes into it.
fn write_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

/// Makes a new name in a folder durable.
pub fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
