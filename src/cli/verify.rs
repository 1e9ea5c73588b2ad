//! `loyalty verify`: re-executes everything and says what does not agree.

use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

use crate::{anchor::Anchors, app::open_store, config::Settings, store::programmes::LiveProgrammes, verify};

pub async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let store = open_store(settings).await?;
    let live = LiveProgrammes::default();
    store.load_programmes(&live).await?;
    let streams = store.streams().await?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} members, {eta} left")?;
    let progress = ProgressBar::new(streams.len() as u64).with_style(style);
    let (mut events, mut findings) = (0, Vec::new());
    for (brand, member) in &streams {
        let Some(programmes) = live.of(brand) else {
            findings.push(format!("brand {brand} has events but no programme"));
            continue;
        };
        let stream = store.stream(brand, member).await?;
        events += stream.rows.len();
        findings.extend(verify::stream(&stream, &programmes));
        progress.inc(1);
    }
    findings.extend(Anchors::of(&settings.server.data).broken(&store).await?);
    progress.finish_and_clear();
    for finding in &findings {
        println!("WRONG  {finding}");
    }
    let (members, wrong) = (streams.len(), findings.len());
    println!(
        "{members} members, {events} events re-executed: {}",
        if wrong == 0 { "all agree".to_owned() } else { format!("{wrong} findings") }
    );
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
