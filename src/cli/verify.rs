//! `loyalty verify`: decides everything again and says what does not agree; with `--nocodb` and `--unomi` also what these show.

use std::process::ExitCode;

mod projections;

use clap::Args;
use futures_util::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    anchor::Anchors,
    app::open_ledger,
    config::Settings,
    store::{Store, audit::Stream, programmes::LiveProgrammes},
    verify::{self, Checked, Finding},
};

/// Members read and checked together.
const AT_ONCE: usize = 16;

#[derive(Args)]
pub struct Verify {
    /// Compare what NocoDB shows with the ledger, row by row
    #[arg(long)]
    nocodb: bool,
    /// Compare Unomi's profiles and events with the ledger
    #[arg(long)]
    unomi: bool,
    /// Have the running service send again everything about the members that differ
    #[arg(long)]
    again: bool,
}

pub async fn run(settings: &Settings, command: Verify) -> anyhow::Result<ExitCode> {
    let store = open_ledger(settings).await?.read_in_place();
    let live = LiveProgrammes::default();
    store.load_programmes(&live).await?;
    let streams = store.streams().await?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} members, {eta} left")?;
    let progress = ProgressBar::new(streams.len() as u64).with_style(style);
    let (mut again, mut only_checked, mut found) = (0, 0, Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let checks = (0..).zip(streams.chunks(AT_ONCE)).map(|(number, members)| {
        let checked = check(store.clone(), live.clone(), members.to_vec());
        async move { anyhow::Ok((number, checked.await?)) }
    });
    let mut checks = stream::iter(checks).buffer_unordered(2 * cores); // one half reads while the other decides
    while let Some(checked) = checks.next().await {
        let (number, checked): (usize, _) = checked?;
        for member in checked {
            again += member.decided_again;
            only_checked += member.only_checked;
            found.extend(member.findings.into_iter().map(|finding| (number, finding)));
            progress.inc(1);
        }
    }
    found.sort_by_key(|(number, _)| *number);
    let mut findings: Vec<Finding> = found.into_iter().map(|(_, finding)| finding).collect();
    findings.extend(Anchors::of(&settings.server.data).broken(&store).await?);
    progress.finish_and_clear();
    for finding in &findings {
        println!("WRONG  {finding}");
    }
    let (members, wrong) = (streams.len(), findings.len());
    println!(
        "{members} members, {again} events decided again, {only_checked} of older engines checked by chain and sums: {}",
        if wrong == 0 { "all agree".to_owned() } else { format!("{wrong} findings") }
    );
    let differences = projections::run(settings, &store, (command.nocodb, command.unomi), command.again).await?;
    Ok(if wrong + differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What became of each member. Deciding is all work and no waiting: it leaves the runtime's threads alone.
async fn check(store: Store, live: LiveProgrammes, members: Vec<(String, String)>) -> anyhow::Result<Vec<Checked>> {
    let streams = store.streams_of(members).await?;
    let programmes = live.all();
    let checked = tokio::task::spawn_blocking(move || {
        let check = |stream: &Stream| match programmes.get(&stream.brand) {
            Some(programmes) => verify::check(stream, programmes),
            None => Checked {
                findings: vec![format!("brand {} has events but no programme", stream.brand)],
                ..Checked::default()
            },
        };
        streams.iter().map(check).collect()
    });
    Ok(checked.await?)
}
