//! A PostgreSQL of this test process's own: made in a temporary folder where the binaries are on the machine, gone with the
//! process, however it ends. Each test gets a database of its own.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
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
        say_skipped(test);
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

/// What this test binary proves on SQLite, it proves on PostgreSQL, too: the same tests again in a process of its own. Says so
/// where there are no binaries, and does nothing where PostgreSQL was asked for anyway.
pub fn proves_the_same() {
    if std::env::var_os("LOYALTY_TEST_STORE").is_some() {
        return;
    }
    let binary = std::env::current_exe().unwrap();
    if binaries().is_none() {
        return say_skipped(&format!("{} on PostgreSQL", binary.file_stem().unwrap().display()));
    }
    let again = Command::new(&binary).arg("--quiet").env("LOYALTY_TEST_STORE", "postgres").output().unwrap();
    let said = [&again.stdout[..], &again.stderr[..]].concat();
    assert!(again.status.success(), "on PostgreSQL:\n{}", String::from_utf8_lossy(&said));
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

/// The first column of each row that a query gives.
pub async fn rows(url: &str, sql: &str) -> Vec<i64> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let work = async {
        let rows = client.query(sql, &[]).await.unwrap();
        drop(client);
        rows.iter().map(|row| row.try_get(0).unwrap_or_default()).collect()
    };
    let (rows, ended) = tokio::join!(work, connection);
    ended.unwrap();
    rows
}

/// Makes a primary `one` and a standby `two` that has what is acknowledged, and does what it is told: each word by a line.
const PAIR: &str = r#"
trap '' INT TERM HUP
start() {
    mkdir -p "$HOME/$1.at"
    "$BIN/pg_ctl" -D "$HOME/$1" -l "$HOME/$1.log" -w start > /dev/null 2>&1 -o "-c listen_addresses='' \
        -c unix_socket_directories=$HOME/$1.at -c max_connections=60 -c shared_buffers=32MB"
}
family() {
    main=$(head -1 "$HOME/$1/postmaster.pid") || return
    echo "$main"
    for stat in /proc/[0-9]*/stat; do
        read -r pid _ _ parent _ < "$stat" && [ "$parent" = "$main" ] && echo "$pid"
    done 2> /dev/null
}
"$BIN/initdb" -D "$HOME/one" -U postgres -A trust -E UTF8 --locale=C > "$HOME/initdb.log" 2>&1 || exit 1
start one || exit 1
"$BIN/createdb" -U postgres -h "$HOME/one.at" loyalty || exit 1
"$BIN/pg_basebackup" -D "$HOME/two" -U postgres -h "$HOME/one.at" -R -c fast > "$HOME/initdb.log" 2>&1 || exit 1
start two || exit 1
"$BIN/psql" -q -U postgres -h "$HOME/one.at" -c "ALTER SYSTEM SET synchronous_standby_names = '*'" \
    -c "SELECT pg_reload_conf()" loyalty > /dev/null || exit 1
echo ready
while read -r word; do
    case $word in
        freeze) kill -STOP $(family one) 2> /dev/null ;;
        kill) kill -KILL $(family one) 2> /dev/null ;;
        promote) "$BIN/pg_ctl" -D "$HOME/two" -w promote > /dev/null 2>&1 ;;
    esac
    echo done
done
kill -KILL $(family one) $(family two) 2> /dev/null
rm -rf "$HOME"
"#;

/// A primary with a synchronous standby, of one test alone.
pub struct Pair {
    home: PathBuf,
    life: Child,
    said: BufReader<ChildStdout>,
}

impl Pair {
    /// `None`, said aloud, where there are no binaries.
    pub fn start(test: &str) -> Option<Self> {
        let Some(bin) = binaries() else {
            say_skipped(test);
            return None;
        };
        let (home, life, said) = live(PAIR, &bin);
        Some(Self { home, life, said })
    }

    /// The database at both, the primary first.
    pub fn url(&self) -> String {
        let home = self.home.display().to_string().replace('/', "%2F");
        format!("postgres://{home}%2Fone.at,{home}%2Ftwo.at/loyalty?user=postgres")
    }

    /// The database at the primary alone.
    pub fn primary(&self) -> String {
        format!("postgres:///loyalty?host={}/one.at&user=postgres", self.home.display())
    }

    /// `freeze` or `kill` the primary, `promote` the standby; returns when it is done.
    pub fn say(&mut self, word: &str) {
        writeln!(self.life.stdin.as_mut().unwrap(), "{word}").unwrap();
        let mut done = String::new();
        self.said.read_line(&mut done).unwrap();
        assert_eq!(done, "done\n", "{word}");
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        drop(self.life.stdin.take());
        let _ = self.life.wait();
    }
}

/// Not by `println!`, which a passing test keeps to itself.
fn say_skipped(test: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: no PostgreSQL programs on this machine");
}

fn start() -> Option<Cluster> {
    let bin = binaries()?;
    let (home, life, _) = live(LIFE, &bin);
    Some(Cluster { home, bin, life })
}

/// Runs a script that makes clusters in a folder of its own, until its input ends; it removes the folder.
fn live(script: &str, bin: &Path) -> (PathBuf, Child, BufReader<ChildStdout>) {
    let home = Folder::new();
    let mut command = Command::new("sh");
    command.args(["-c", script]).env("BIN", bin).env("HOME", &home.0).current_dir("/");
    if let Some((user, group)) = unprivileged() {
        chown(&home.0, Some(user), Some(group)).unwrap();
        command.uid(user).gid(group);
    }
    let mut life = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (mut output, mut said) = (BufReader::new(life.stdout.take().unwrap()), String::new());
    output.read_line(&mut said).unwrap();
    let read = |file: &str| std::fs::read_to_string(home.0.join(file)).unwrap_or_default();
    let logs = ["initdb.log", "server.log", "one.log", "two.log"].map(read).concat();
    assert_eq!(said, "ready\n", "PostgreSQL does not start: {logs}");
    let path = home.0.clone();
    std::mem::forget(home); // the script removes it
    (path, life, output)
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
