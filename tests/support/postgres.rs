//! A PostgreSQL of this test process's own: made in a temporary folder where the binaries are on the machine, gone with the
//! process, however it ends. Each test gets a database of its own.

use std::{
    io::{BufRead, BufReader},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use super::Folder;

/// Makes the cluster, says so, and stops it when its input ends: when the test process is gone.
const LIFE: &str = r#"
trap '' INT TERM HUP
"$BIN/initdb" -D "$HOME/data" -U postgres -A trust -E UTF8 --locale=C > "$HOME/initdb.log" 2>&1 || exit 1
"$BIN/pg_ctl" -D "$HOME/data" -l "$HOME/server.log" -w start > /dev/null 2>&1 -o "-c listen_addresses='' \
    -c unix_socket_directories=$HOME -c max_connections=400" || exit 1
echo ready
cat > /dev/null
"$BIN/pg_ctl" -D "$HOME/data" -m immediate stop > /dev/null 2>&1
rm -rf "$HOME"
"#;

struct Cluster {
    home: PathBuf,
    bin: PathBuf,
    #[expect(dead_code, reason = "held for its input: it stops when that is closed")]
    life: Child,
}

/// The address of a new, empty database; `None`, said aloud, where there are no binaries.
pub fn database(test: &str) -> Option<String> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Some(cluster) = CLUSTER.get_or_init(start) else {
        println!("SKIPPED {test}: no PostgreSQL binaries");
        return None;
    };
    let url = |name: &str| format!("postgres:///{name}?host={}&user=postgres", cluster.home.display());
    let name = format!("test{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut createdb = Command::new(cluster.bin.join("createdb"));
    let made = createdb.args(["-U", "postgres", "-h"]).arg(&cluster.home).arg(&name).status().unwrap();
    assert!(made.success());
    Some(url(&name))
}

/// The database of a data folder: the one it was given, or a new one when all tests are to run on PostgreSQL
/// (`LOYALTY_TEST_STORE=postgres`); `None`: SQLite.
pub fn of(folder: &Path) -> Option<String> {
    let file = folder.join("store.url");
    if let Ok(url) = std::fs::read_to_string(&file) {
        return Some(url);
    }
    if std::env::var("LOYALTY_TEST_STORE").is_ok_and(|store| store == "postgres") {
        give(folder, &database("LOYALTY_TEST_STORE=postgres").expect("PostgreSQL is asked for"));
    }
    std::fs::read_to_string(&file).ok()
}

/// Gives a data folder a database; several folders may share one.
pub fn give(folder: &Path, url: &str) {
    std::fs::write(folder.join("store.url"), url).unwrap();
}

/// Runs statements in a database.
pub async fn run(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let work = async {
        client.batch_execute(sql).await.unwrap();
        drop(client);
    };
    let ((), ended) = tokio::join!(work, connection);
    ended.unwrap();
}

fn start() -> Option<Cluster> {
    let bin = binaries()?;
    let home = Folder::new();
    let mut command = Command::new("sh");
    command.args(["-c", LIFE]).env("BIN", &bin).env("HOME", &home.0).current_dir("/");
    if let Some((user, group)) = unprivileged() {
        chown(&home.0, Some(user), Some(group)).unwrap();
        command.uid(user).gid(group);
    }
    let mut life = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(life.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let read = |file: &str| std::fs::read_to_string(home.0.join(file)).unwrap_or_default();
    assert_eq!(said, "ready\n", "PostgreSQL does not start: {}{}", read("initdb.log"), read("server.log"));
    let cluster = Cluster { home: home.0.clone(), bin, life };
    std::mem::forget(home); // the cluster removes it
    Some(cluster)
}

/// The newest `initdb` and its like.
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut packaged: Vec<PathBuf> = packaged.map(|version| version.path().join("bin")).collect();
    packaged.sort();
    folders.extend(packaged.into_iter().rev());
    folders.into_iter().find(|folder| ["initdb", "pg_ctl", "createdb"].iter().all(|name| folder.join(name).exists()))
}

/// PostgreSQL refuses to run as root: then it runs as the user `postgres`, or as `nobody`.
fn unprivileged() -> Option<(u32, u32)> {
    if !rustix::process::getuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string(Path::new("/etc/passwd")).unwrap_or_default();
    let find = |name: &str| {
        let line = users.lines().find(|line| line.starts_with(&format!("{name}:")))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody"))
}
