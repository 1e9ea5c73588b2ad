//! The processes that are measured: the real `loyalty` of the same build on a folder of its own, and an empty axum echo.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use anyhow::{Context, bail};
use axum::{Router, body::Bytes};
use rustix::process::{Pid, Signal, kill_process};

/// Hidden argument: this program as the echo.
pub const ECHO: &str = "--be-the-echo";

/// A running process that listens.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

/// Builds `loyalty` as this program was built, and says where it is.
pub fn binary() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(Path::parent).context("an example lies two folders below its profile's")?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // With the example, so that its dependencies are those that are built already: alone it would need some of other features.
    cargo.args(["build", "--quiet", "--bin", "loyalty", "--example", "load"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    if !cargo.status().context("cargo build")?.success() {
        bail!("`loyalty` could not be built");
    }
    Ok(folder.join("loyalty"))
}

impl Server {
    /// `loyalty serve` on a data folder.
    pub fn loyalty<'a>(
        binary: &Path,
        folder: &Path,
        environment: impl Iterator<Item = &'a (&'a str, String)>,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(binary);
        command.arg("--data").arg(folder).args(["serve", "--listen", "127.0.0.1:0"]);
        command.env("LOYALTY__LIMITS__KEY_CALLS", "1000000"); // one key sends everything
        command.envs(environment.map(|(name, value)| (name, value)));
        Self::start(command)
    }

    /// An axum that gives back what it got.
    pub fn echo() -> anyhow::Result<Self> {
        let mut command = Command::new("/proc/self/exe"); // cargo may have put another file in its place
        command.arg(ECHO);
        Self::start(command)
    }

    /// Runs until the line that tells its address.
    fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let mut log = BufReader::new(child.stderr.take().context("its log")?);
        let (mut line, mut said) = (String::new(), String::new());
        loop {
            line.clear();
            if log.read_line(&mut line)? == 0 {
                bail!("{command:?} ended: {said}");
            }
            if let Some(at) = line.find("http://127.0.0.1:") {
                let address = line[at + "http://".len()..].trim().parse()?;
                std::thread::spawn(move || log.lines().map_while(Result::ok).for_each(|line| eprintln!("{line}")));
                return Ok(Self { child, address });
            }
            said.push_str(&line);
        }
    }

    /// Megabytes of memory that are the process's now.
    pub fn resident_mb(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
    }

    /// Processor time it has used so far, all threads together, in microseconds.
    pub fn processor_us(&self) -> anyhow::Result<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after_name = stat.rsplit(") ").next().context("stat")?;
        let ticks: Vec<u64> = after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
        Ok(ticks.iter().sum::<u64>() * 10_000) // Linux counts in hundredths of a second for everybody
    }

    /// Ends it as an operator would, so that the next start finds everything in its place.
    pub fn stop(mut self) -> anyhow::Result<()> {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("its id")?;
        kill_process(id, Signal::TERM)?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill(); // after `stop` it is gone already
        let _ = self.child.wait();
    }
}

/// The administrator's key that the first start left in the folder.
pub fn key(folder: &Path) -> anyhow::Result<Arc<str>> {
    Ok(std::fs::read_to_string(folder.join("admin.key")).context("admin.key")?.trim().into())
}

/// Serves the echo until killed.
pub fn be_the_echo() -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        eprintln!("http://{}", listener.local_addr()?);
        Ok(axum::serve(listener, Router::new().fallback(|body: Bytes| std::future::ready(body))).await?)
    })
}
