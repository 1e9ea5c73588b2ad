//! `cargo run --release --example load`: starts the real `loyalty`, drives it over HTTP with six rules live, and prints what
//! it does beside an empty axum echo in the same run. The echo takes turns with it, so compare within a run, never across.

mod again;
mod bench;
mod checking;
mod client;
mod delivery;
mod large;
mod long;
mod orders;
mod receiver;
mod report;
mod rich;
mod seed;
mod server;
mod throughput;

use std::{collections::BTreeSet, fs, path::PathBuf};

use anyhow::Context;
use bench::{Bench, Database};
use clap::{Parser, ValueEnum};
use loyalty_connector::clock::{Clock, SystemClock};
use rich::Live;

/// The service's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Orders a second, latencies and memory
    Throughput,
    /// Purchase to connected system
    Delivery,
    /// Events re-executed a second
    Replay,
    /// Start with feed rows due for every member
    Start,
    /// A table of ten thousand rules looked at; needs no database
    Checking,
    /// One more order of a member who has had two thousand, and one under a large programme; needs no database
    Deciding,
}

#[derive(Debug, Parser)]
#[command(about = "Loads the real binary and prints what it does beside an empty axum echo")]
struct Arguments {
    /// A minute instead of a quarter of an hour: one short round, 20 thousand members
    #[arg(long)]
    quick: bool,
    /// Only these
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
    /// Members of the large database; the small one has a thousand
    #[arg(long, default_value_t = 1_000_000)]
    members: u64,
    /// Programmes that are live in databases of their own, a thousand members each, measured in the same rounds as the six rules
    #[arg(long, value_delimiter = ',')]
    live: Vec<Live>,
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64, 256])]
    connections: Vec<u64>,
    /// Seconds of one round
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Rounds, of which the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Another build of `loyalty`, measured in the same rounds: what a change brought
    #[arg(long)]
    beside: Option<PathBuf>,
    /// Address of an empty PostgreSQL database, which the connector starts on: a thousand members there, measured in the same
    /// rounds; a second address is for the build of `--beside`. With `--only delivery`: to deliver from, and one to compare with
    #[arg(long, value_delimiter = ',')]
    postgres: Vec<String>,
    /// Read the SQLite files before each round, as a machine has them in memory that has room for them and time
    #[arg(long)]
    warm: bool,
    /// Where the databases are made; one that is there already is used again
    #[arg(long, default_value_os_t = std::env::temp_dir().join("loyalty-load"))]
    folder: PathBuf,
    /// Keep the databases for the next run
    #[arg(long)]
    keep: bool,
}

const SMALL: u64 = 1000;

fn main() -> anyhow::Result<()> {
    if std::env::args().nth(1).as_deref() == Some(server::ECHO) {
        return server::be_the_echo();
    }
    let mut arguments = Arguments::parse();
    if arguments.quick {
        (arguments.members, arguments.seconds, arguments.rounds) = (20_000, 1, 1);
    }
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    if arguments.only.is_empty() || arguments.only.contains(&Part::Deciding) {
        long::deciding()?;
        large::deciding()?;
    }
    if arguments.only.is_empty() || arguments.only.contains(&Part::Checking) {
        checking::checking()?;
    }
    let needs_none = |part: &Part| matches!(part, Part::Deciding | Part::Checking);
    if !arguments.only.is_empty() && arguments.only.iter().all(needs_none) {
        return Ok(());
    }
    let (shop, own) = (orders::Shop::open(SystemClock.now())?, server::binary()?);
    let builds = [("sqlite", Some(own.clone())), ("beside", arguments.beside.clone())];
    let mut databases = Vec::new();
    for (name, binary) in builds.into_iter().filter_map(|(name, binary)| Some((name, binary?))) {
        for members in BTreeSet::from([SMALL, arguments.members]) {
            let folder = arguments.folder.join(format!("{name}-{members}"));
            databases.push(Database { name, binary: binary.clone(), members, folder, live: Live::Six, url: None });
        }
    }
    for live in arguments.live.iter().copied().filter(|live| *live != Live::Six) {
        let folder = arguments.folder.join(live.name());
        databases.push(Database { name: live.name(), binary: own.clone(), members: SMALL, folder, live, url: None });
    }
    let builds = [("postgres", Some(own)), ("postgres beside", arguments.beside.clone())];
    for ((name, binary), url) in builds.into_iter().zip(arguments.postgres.clone()) {
        let (binary, folder) =
            (binary.context("--postgres: a second address needs --beside")?, arguments.folder.join(name));
        databases.push(Database { name, binary, members: SMALL, folder, live: Live::Six, url: Some(url) });
    }
    for database in &databases {
        seed::fill(database, "n8n", &shop).await?;
    }
    let wanted = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    let parts = [Part::Throughput, Part::Delivery, Part::Replay, Part::Start].map(|part| (part, wanted(part)));
    let bench = Bench { arguments, shop, databases };
    for (part, _) in parts.into_iter().filter(|(_, wanted)| *wanted) {
        match part {
            Part::Throughput => bench.throughput().await?,
            Part::Delivery => bench.delivery().await?,
            Part::Replay => bench.replay()?,
            Part::Start => bench.start().await?,
            Part::Deciding | Part::Checking => {} // before there was a database
        }
    }
    if !bench.arguments.keep {
        fs::remove_dir_all(&bench.arguments.folder)?;
    }
    Ok(())
}
