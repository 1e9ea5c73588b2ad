//! Logs: text for people, JSON for machines; secrets never get here.
//! Guarantees: whoever logs waits for nothing and never fails, even where nobody reads: lines that find no room are counted
//! and left out.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, SyncSender},
    },
    time::Duration,
};

use anyhow::Context;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::{
    config::{LogFormat, Server},
    values::count::counted,
};

pub mod requests;

/// Lines that may wait for whoever reads standard error.
const LINES: usize = 2048;
/// Longest wait for the last lines.
const LAST: Duration = Duration::from_secs(1);

/// The way to standard error.
pub struct Log(Lines);

/// Starts logging to standard error; in colours where somebody looks.
pub fn start(server: &Server) -> anyhow::Result<Log> {
    let filter = EnvFilter::try_new(&server.log).with_context(|| {
        format!("setting server.log: `{}` is no filter; write info, or info,loyalty_connector=debug", server.log)
    })?;
    let lines = Lines::start().context("the log's thread cannot be started")?;
    let colours = io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(lines.clone())
        .log_internal_errors(false) // it would be written to the very stream that failed
        .with_ansi(colours);
    let _ = match server.log_format {
        LogFormat::Text => subscriber.with_target(false).try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    }; // it fails only where logging was started before: in tests
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // What it says may hold what somebody sent; where it was does not.
        tracing::error!("a panic at {place}");
    }));
    Ok(Log(lines))
}

impl Log {
    /// Waits for the last lines, but not for somebody who does not read.
    pub fn finish(self) {
        let (done, is_done) = mpsc::sync_channel(1);
        if self.0.queue.try_send(Message::Last(done)).is_ok() {
            let _ = is_done.recv_timeout(LAST);
        }
    }
}

/// Tells somebody at standard error, if anybody is there.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

enum Message {
    Line(Vec<u8>),
    Last(SyncSender<()>),
}

/// Where lines wait to be written.
#[derive(Clone)]
struct Lines {
    queue: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

/// One line while it is made.
struct Line {
    text: Vec<u8>,
    to: Lines,
}

impl Lines {
    fn start() -> io::Result<Self> {
        let (queue, waiting) = mpsc::sync_channel(LINES);
        let lost = Arc::new(AtomicU64::new(0));
        let missing = Arc::clone(&lost);
        std::thread::Builder::new().name("log".to_owned()).spawn(move || {
            for message in waiting {
                let lost = missing.swap(0, Ordering::Relaxed);
                if lost > 0 {
                    say(&format!("WARN left out of the log, where no room was: {}", counted(lost, "line")));
                }
                match message {
                    Message::Line(text) => drop(io::stderr().write_all(&text)), // nobody reads: it is left out
                    Message::Last(done) => drop(done.send(())),
                }
            }
        })?;
        Ok(Self { queue, lost })
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Line;

    fn make_writer(&self) -> Line {
        Line { text: Vec::new(), to: self.clone() }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let line = Message::Line(std::mem::take(&mut self.text));
        if self.to.queue.try_send(line).is_err() {
            self.to.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}
