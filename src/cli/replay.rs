//! `loyalty replay --draft FOLDER`: what a draft of the programme would have done with what happened, beside what is live. Reads
//! only; a service may go on.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::{Clock, SystemClock},
    config::Settings,
    data_folder::open_ledger,
    forecast::{self, MUCH_MEMORY, Progress, Refused, Request},
    simulation::{
        Forecast,
        forecast::{Difference, Gives},
        words::{number, percent},
    },
    systems::csv_folder,
    values::{
        count::counted,
        money::{format_units, places},
    },
    writer::programmes::LiveProgrammes,
};

#[derive(Args)]
pub struct Replay {
    /// The folder of the draft's CSV files
    #[arg(long)]
    draft: PathBuf,
    /// The first day, like 2026-11-01, or an exact instant; 30 days ago when left out
    #[arg(long)]
    from: Option<String>,
    /// The last day (included), or an exact instant (not included); now when left out
    #[arg(long)]
    until: Option<String>,
    /// Also write rows.csv and members.csv into this folder
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Megabytes that members' documents may take; above that every so-manyth member is looked at
    #[arg(long, default_value_t = MUCH_MEMORY >> 20)]
    memory: u64,
}

pub async fn run(settings: &Settings, command: Replay) -> anyhow::Result<ExitCode> {
    let (store, brand) = (open_ledger(settings).await?.read_in_place(), &settings.server.brand);
    let live = LiveProgrammes::load(&store).await?;
    let draft = csv_folder::load(&command.draft)?;
    let request = match Request::of(&store, &live, brand, draft, SystemClock.now()).await {
        Err(Refused::Problems(problems)) => {
            for problem in &problems {
                println!("WRONG  {problem}");
            }
            bail!("the draft in {} cannot be published as it is", command.draft.display());
        }
        request => request?,
    };
    let zone = request.programme.settings.zone.clone();
    let from = command.from.as_deref().map(|text| instant(text, &zone, 0)).transpose().context("--from")?;
    let until = command.until.as_deref().map(|text| instant(text, &zone, 1)).transpose().context("--until")?;
    let request = Request { memory: command.memory << 20, quietly: false, ..request.within(from, until)? };
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("events {bar:40} {pos}/{len}, {eta} left")?);
    let done = |done: u64, all: u64| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let stop = CancellationToken::new();
    let forecast = forecast::run(&store, &request, Progress { done: &done, stop: &stop }).await?;
    bar.finish_and_clear();
    print(&forecast, &zone);
    if let Some(folder) = &command.csv {
        write(&forecast, folder).with_context(|| format!("{} cannot be written", folder.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// An exact instant, or the beginning of a day that comes so many days after the one that is named.
fn instant(text: &str, zone: &TimeZone, days: i64) -> anyhow::Result<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let day: Date =
        text.parse().with_context(|| format!("`{text}` is neither a day like 2026-11-01 nor an instant"))?;
    Ok(day.checked_add(days.days())?.to_zoned(zone.clone())?.timestamp())
}

fn print(forecast: &Forecast, zone: &TimeZone) {
    let day = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let (from, until) = (day(forecast.window.from), day(forecast.window.until));
    println!("draft {} beside v{}, {from} to {until}", forecast.draft, forecast.live);
    println!(
        "{} did something, {}, {}, {} of sales\n",
        counted(number(forecast.members), "member"),
        counted(number(forecast.events), "event"),
        counted(number(forecast.orders), "order"),
        money(forecast, forecast.sales)
    );
    for line in forecast.of_the_whole() {
        println!("{line}");
    }
    println!("\n{}", aligned(&rows(forecast)));
    if !forecast.surprised.is_empty() {
        println!("Most surprised\n{}", aligned(&members(forecast.surprised.iter().map(|one| &one.difference))));
    }
}

fn money(forecast: &Forecast, units: i64) -> String {
    format!("{} {}", format_units(units, places(&forecast.currency)), forecast.currency)
}

const OF_ROWS: [&str; 11] = [
    "Table",
    "Row",
    "Reaches now",
    "Reaches",
    "Gives now",
    "Gives",
    "Times now",
    "Times",
    "Cost now",
    "Cost",
    "Of sales",
];

fn rows(forecast: &Forecast) -> Vec<Vec<String>> {
    let rows = forecast.rows.iter().map(|row| {
        let both = |part: fn(&Gives) -> i64| [row.now, row.then].map(|gives| gives.as_ref().map(part));
        let shown =
            |figures: [Option<i64>; 2]| figures.map(|figure| figure.map(|one| one.to_string()).unwrap_or_default());
        let cost = both(|gives| gives.cost)
            .map(|cost| cost.map(|units| format_units(units, places(&forecast.currency))).unwrap_or_default());
        let figures = [
            shown(both(|gives| gives.members)),
            shown(both(|gives| gives.points)),
            shown(both(|gives| gives.times)),
            cost,
        ];
        let share = row.then.map(|gives| percent(gives.share)).unwrap_or_default();
        [row.table.clone(), row.row.clone()].into_iter().chain(figures.into_iter().flatten()).chain([share]).collect()
    });
    [OF_ROWS.map(str::to_owned).to_vec()].into_iter().chain(rows).collect()
}

const OF_MEMBERS: [&str; 6] = ["Member", "Has now", "Has", "Difference", "Tier now", "Tier"];

fn members<'a>(all: impl Iterator<Item = &'a Difference>) -> Vec<Vec<String>> {
    let rows = all.map(|one| {
        let points = [one.now.points, one.then.points, one.points()].map(|points| points.to_string());
        let tiers = [one.now.tier.clone(), one.then.tier.clone()];
        [one.member.clone()].into_iter().chain(points).chain(tiers).collect()
    });
    [OF_MEMBERS.map(str::to_owned).to_vec()].into_iter().chain(rows).collect()
}

/// Columns one below the other; what looks like a figure to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            let is_figure = cell.starts_with(|first: char| first.is_ascii_digit() || first == '-');
            if is_figure { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}

fn write(forecast: &Forecast, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, rows) in [("rows.csv", rows(forecast)), ("members.csv", members(forecast.differences.iter()))] {
        let mut file = csv::Writer::from_path(folder.join(name))?;
        for row in &rows {
            file.write_record(row)?;
        }
        file.flush()?;
    }
    println!("rows.csv and members.csv are in {}", folder.display());
    Ok(())
}
