//! `loyalty verify`: decides everything again and says what does not agree; with `--nocodb` and `--unomi` also what these show.

use std::process::ExitCode;

mod projections;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    audit::{anchor::Anchors, verify},
    config::Settings,
    data_folder::open_ledger,
    values::count::counted,
    writer::programmes::LiveProgrammes,
};

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
    let live = LiveProgrammes::load(&store).await?;
    let style = ProgressStyle::with_template("members {bar:40} {pos}")?;
    let progress = ProgressBar::new_spinner().with_style(style);
    let report = verify::ledger::ledger(&store, &live, |members| progress.inc(members as u64)).await?;
    let mut findings = report.findings;
    findings.extend(Anchors::of(&settings.server.data).broken(&store).await?);
    progress.finish_and_clear();
    for finding in &findings {
        println!("WRONG  {finding}");
    }
    if let Some(not_asked) = report.not_asked {
        println!("NOT    {not_asked}");
    }
    let verify::ledger::Report { members, decided_again, only_checked, .. } = report;
    let wrong = findings.len();
    println!(
        "{}, {} decided again, {only_checked} of older engines checked by chain and sums: {}",
        counted(members, "member"),
        counted(decided_again, "event"),
        if wrong == 0 { "all agree".to_owned() } else { counted(wrong, "finding").to_string() }
    );
    let differences =
        projections::run(settings, (&store, live), (command.nocodb, command.unomi), command.again).await?;
    Ok(if wrong + differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
