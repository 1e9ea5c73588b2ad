//! `loyalty statement MEMBER` prints a member's statement; with `--proof` it writes one that proves itself, and
//! `loyalty verify-statement FILE` checks that without a database.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use clap::Args;

use crate::{
    audit::{
        anchor::{self, Anchors},
        proof::{check, make},
    },
    clock::{Clock, SystemClock},
    config::Settings,
    data_folder::open_ledger,
    intake::Reader,
    loyalty::seen_at,
    service::{
        self, members,
        statement::{Speech, StatementLine, lines},
    },
    values::{calendar::last_day, count::counted},
    writer::programmes::LiveProgrammes,
};

#[derive(Args)]
pub struct Statement {
    /// `mem_...`, or `external:...`, `email:...`, `phone:...`, `card:...`, `visitor:...`
    member: String,
    /// Write every event with its hash, for `loyalty verify-statement`; to a file, or printed
    #[arg(long, num_args = 0..=1, value_name = "FILE")]
    #[expect(clippy::option_option, reason = "clap: given at all, and given a file")]
    proof: Option<Option<PathBuf>>,
    #[arg(long)]
    brand: Option<String>,
}

#[derive(Args)]
pub struct VerifyStatement {
    file: PathBuf,
    /// A copy of anchors.log that was kept where nobody of the shop can change it
    #[arg(long, value_name = "FILE")]
    anchors: Option<PathBuf>,
}

pub async fn run(settings: &Settings, command: Statement) -> anyhow::Result<ExitCode> {
    let store = open_ledger(settings).await?;
    let live = LiveProgrammes::load(&store).await?;
    let brand = command.brand.unwrap_or_else(|| settings.server.brand.clone());
    let programmes = live.of(&brand).with_context(|| format!("--brand: `{brand}` has no programme"))?;
    let secret = store.installation_secret().await?;
    let reader = Reader::new(SystemClock.now(), service::country(settings)?);
    let found = members::find_in(&store, &secret, &reader, &brand, &command.member).await;
    let Ok(loaded) = found else { bail!("there is no member `{}` in brand {brand}", command.member) };
    let (member, key) = (loaded.member, loaded.key);
    let defaults = &programmes.live().programme.settings;
    let language = member.language.clone().unwrap_or_else(|| defaults.language.clone());
    let Some(file) = command.proof else {
        let speech = Speech::of(&language, &defaults.zone).with(&programmes.live().programme.translations);
        let (rows, newest) = store.statement(&brand, &member.id, None, usize::MAX).await?;
        for line in lines(rows, newest.as_ref(), key.as_ref(), speech).iter().rev() {
            let reason = line.reason.as_ref().map(|reason| format!(" “{reason}”")).unwrap_or_default();
            let StatementLine { occurred_at, points, account, balance, text, .. } = line;
            let by = line.given_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
            let agreed = line.agreed_by.as_ref().map(|by| format!(", agreed by {by}")).unwrap_or_default();
            println!("{occurred_at}  {points:+6} {account:9} {balance:6}  {text}{reason}{by}{agreed}");
        }
        let member = seen_at(&programmes.live().programme, &member, SystemClock.now());
        if let Some(by) = member.accept_by().filter(|_| member.balance.pending > 0) {
            let (points, day) = (counted(member.balance.pending, "point"), last_day(by, &defaults.zone));
            println!("{points} wait until the member accepts to be one, and are lost after {day}");
        }
        return Ok(ExitCode::SUCCESS);
    };
    let covered = Anchors::of(&settings.server.data).newest_over(&store, &brand, &member.id).await?;
    let stream = store.stream(&brand, &member.id).await?;
    let covered = covered.filter(|covered| covered.version <= stream.rows.len() as u64);
    let text = make::statement(&stream, covered, SystemClock.now(), (&language, &defaults.zone))?.join("\n");
    match file {
        Some(file) => {
            fs::write(&file, text + "\n").with_context(|| format!("--proof: {}", file.display()))?;
            println!("{}: {} of {}", file.display(), counted(stream.rows.len(), "event"), member.id);
        }
        None => println!("{text}"),
    }
    Ok(ExitCode::SUCCESS)
}

pub fn verify(command: &VerifyStatement) -> anyhow::Result<ExitCode> {
    let read = |file: &PathBuf| fs::read_to_string(file).with_context(|| file.display().to_string());
    let text = read(&command.file)?;
    let anchors = command.anchors.as_ref().map(|file| read(file).map(|text| anchor::read_lines(&text))).transpose()?;
    let checked = match check::check(&text, anchors.as_deref()) {
        Ok(checked) => checked,
        Err(problem) => bail!("{}: {problem}", command.file.display()),
    };
    for finding in &checked.findings {
        println!("WRONG  {finding}");
    }
    let (head, wrong) = (&checked.head, checked.findings.len());
    println!(
        "{}: {} of {} (brand {})",
        command.file.display(),
        counted(checked.events, "event"),
        head.member,
        head.brand
    );
    if wrong > 0 {
        println!("{}: this is not what the ledger gave out", counted(wrong, "finding"));
        return Ok(ExitCode::FAILURE);
    }
    println!("all hashes fit, all entries make {}", counted(head.balance.available, "available point"));
    match &head.covered {
        Some(covered) if anchors.is_some() => {
            println!("events up to {} are as the anchor of {} has them", covered.version, covered.anchor.at);
        }
        Some(covered) => println!("compare with a copy of anchors.log (or give it with --anchors): {}", covered.anchor),
        None => println!("no anchor covers it yet: a line is written each day"),
    }
    Ok(ExitCode::SUCCESS)
}
