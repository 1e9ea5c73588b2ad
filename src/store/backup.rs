//! A backup is one file: the database as it stood, and beside its tables one more with the other files of the data folder
//! that belong to it (anchors, the programme's CSV). Restoring makes a data folder of it again.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    StoreError,
    sqlite::{copy, migrate},
};

/// The file of the database in a data folder.
pub const DATABASE: &str = "loyalty.db";

const TABLE: &str = "CREATE TABLE backup_file (path TEXT PRIMARY KEY, content BLOB NOT NULL)";

/// What a backup holds.
#[derive(Debug)]
pub struct Held {
    pub events: u64,
    pub files: usize,
}

/// Writes the data folder into one file, whoever works with it meanwhile.
pub fn write(folder: &Path, to: &Path) -> Result<Held, StoreError> {
    let database = folder.join(DATABASE);
    if !database.exists() {
        return Err(StoreError::Unusable(format!("there is no {}", database.display())));
    }
    if to.exists() {
        return Err(StoreError::Unusable(format!("{} is there already: choose another name", to.display())));
    }
    let mut unfinished = to.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    let _ = fs::remove_file(&unfinished); // of a backup that was broken off
    // The files first: an anchor must not speak of events that the copy does not have.
    let files = belongings(folder).map_err(|error| StoreError::Unusable(format!("{}: {error}", folder.display())))?;
    copy::copy(&copy::open(&database)?, &unfinished)?;
    let held = add_files(&files, &unfinished)?;
    let finished = fs::rename(&unfinished, to).and_then(|()| copy::sync_folder(to));
    finished.map_err(|error| StoreError::Unusable(format!("{}: {error}", to.display())))?;
    Ok(held)
}

fn add_files(files: &[(String, Vec<u8>)], backup: &Path) -> Result<Held, StoreError> {
    let mut connection = Connection::open(backup)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLE)?;
    for (path, content) in files {
        transaction.execute("INSERT INTO backup_file (path, content) VALUES (?1, ?2)", params![path, content])?;
    }
    let events = transaction.query_row("SELECT COUNT(*) FROM event", [], |row| row.get(0))?;
    transaction.commit()?;
    Ok(Held { events, files: files.len() })
}

/// `anchors.log` and the files of `programme`.
fn belongings(folder: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let anchors = folder.join("anchors.log");
    if anchors.exists() {
        files.push(("anchors.log".to_owned(), fs::read(anchors)?));
    }
    let programme = folder.join("programme");
    if programme.is_dir() {
        for entry in fs::read_dir(programme)? {
            let entry = entry?;
            if let (true, Ok(name)) = (entry.file_type()?.is_file(), entry.file_name().into_string()) {
                files.push((format!("programme/{name}"), fs::read(entry.path())?));
            }
        }
    }
    Ok(files)
}

/// Makes a data folder of a backup. The folder must have no database.
pub fn restore(from: &Path, folder: &Path) -> Result<Held, StoreError> {
    let held = check(from)?;
    let database = folder.join(DATABASE);
    copy::copy(&copy::open(from)?, &database)?;
    let connection = Connection::open(&database)?;
    let files = files_in(&connection)?;
    let unusable = |error: std::io::Error| StoreError::Unusable(format!("{}: {error}", folder.display()));
    for (path, content) in &files {
        let target = folder.join(path);
        fs::create_dir_all(target.parent().unwrap_or(folder)).map_err(unusable)?;
        fs::write(target, content).map_err(unusable)?;
    }
    connection.execute_batch("DROP TABLE backup_file")?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(held)
}

/// Whether it is a whole backup that this program understands.
pub fn check(from: &Path) -> Result<Held, StoreError> {
    let named = from.display();
    let no_backup = |detail: &str| StoreError::Unusable(format!("{named} is no backup of loyalty: {detail}"));
    let connection = copy::open(from).map_err(|error| no_backup(&error.to_string()))?;
    let check: Result<String, _> = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0));
    match check {
        Ok(fine) if fine == "ok" => {}
        Ok(broken) => return Err(no_backup(&broken)),
        Err(error) => return Err(no_backup(&error.to_string())),
    }
    let table = "SELECT 1 FROM sqlite_schema WHERE name = 'backup_file'";
    if connection.query_row(table, [], |_| Ok(())).optional()?.is_none() {
        return Err(no_backup("`loyalty backup` did not write it"));
    }
    migrate::refuse_newer(migrate::version(&connection)?, &named.to_string())?;
    let events = connection.query_row("SELECT COUNT(*) FROM event", [], |row| row.get(0))?;
    Ok(Held { events, files: files_in(&connection)?.len() })
}

/// The files, each at a place inside the folder.
fn files_in(connection: &Connection) -> Result<Vec<(PathBuf, Vec<u8>)>, StoreError> {
    let mut select = connection.prepare("SELECT path, content FROM backup_file")?;
    let rows = select.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    let files = rows.collect::<Result<Vec<(String, Vec<u8>)>, _>>()?;
    let inside = |path: &String| path == "anchors.log" || path.strip_prefix("programme/").is_some_and(plain);
    match files.iter().find(|(path, _)| !inside(path)) {
        Some((path, _)) => Err(StoreError::Unusable(format!("the backup holds `{path}`, which belongs nowhere"))),
        None => Ok(files.into_iter().map(|(path, content)| (PathBuf::from(path), content)).collect()),
    }
}

fn plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\']) && name != ".."
}
