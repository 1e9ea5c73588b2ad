//! `loyalty export`: everything the ledger holds, as JSON lines or CSV, one file a subject, beside a running service. Each
//! member is one consistent read. Members, lots and orders can be imported elsewhere (`--preset loyalty`).

pub mod rows;
mod sheets;

use std::{borrow::Cow, collections::BTreeSet, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};

use crate::{
    config::Settings,
    data_folder::open_ledger,
    store::{
        Store,
        audit::Stream,
        parked::{ParkedPlace, ParkedRow},
    },
    values::seal::keyed_hash,
};
use sheets::Sheets;

/// Parked facts read at once.
const PARKED: usize = 500;

#[derive(Args)]
pub struct Export {
    /// A folder that is empty, or that does not exist yet
    folder: PathBuf,
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Jsonl,
    Csv,
}

/// Members and counts read together.
const AT_ONCE: usize = 64;

pub async fn run(settings: &Settings, command: Export) -> anyhow::Result<ExitCode> {
    let Export { folder, format } = command;
    let filled = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    if filled {
        bail!("{} is not empty: export into a new folder", folder.display());
    }
    let store = open_ledger(settings).await?;
    let mut sheets =
        Sheets::make(&folder, format).with_context(|| format!("{} cannot be written", folder.display()))?;
    let (streams, secret) = (store.streams().await?, store.installation_secret().await?);
    let style = ProgressStyle::with_template("members {bar:40} {pos}/{len}, {eta} left")?;
    let bar = ProgressBar::new(streams.len() as u64).with_style(style);
    for members in streams.chunks(AT_ONCE) {
        for stream in store.streams_of(members.to_vec()).await? {
            let who = who(&store, &stream, &secret).await?;
            member(&mut sheets, &stream, &who)?;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    shared(&mut sheets, &store).await?;
    for (name, count) in sheets.finish()? {
        println!("{name:<10} {count:>10}");
    }
    println!("in {}: it holds personal data", folder.display());
    Ok(ExitCode::SUCCESS)
}

/// By what a member is found elsewhere: the one that it is now.
async fn who(store: &Store, stream: &Stream, secret: &[u8; 32]) -> anyhow::Result<Map<String, Value>> {
    let mut now = Cow::Borrowed(stream);
    while let Some(into) = now.document.as_ref().and_then(|document| document.merged_into.clone()) {
        now = Cow::Owned(store.stream(&stream.brand, &into).await?);
    }
    let mut its = BTreeSet::new();
    for (kind, value) in now.person.known_by() {
        let owner = store.owner(&stream.brand, kind, keyed_hash(secret, &[kind, &value])).await?;
        if owner.is_some_and(|owner| owner == now.member) {
            its.insert(kind);
        }
    }
    Ok(rows::who(&now, |kind, _| its.contains(kind)))
}

/// Everything of one member.
fn member(sheets: &mut Sheets, stream: &Stream, who: &Map<String, Value>) -> anyhow::Result<()> {
    for row in &stream.rows {
        sheets.write("events", rows::event(row))?;
        for entry in rows::entries(row)? {
            sheets.write("entries", entry)?;
        }
    }
    let Some(document) = &stream.document else { return Ok(()) };
    if document.merged_into.is_none() {
        sheets.write("members", rows::member(who, &stream.person, document))?;
    }
    for lot in rows::lots(who, document) {
        sheets.write("lots", lot)?;
    }
    for (id, hold) in &document.holds {
        let row = json!({ "member": document.id, "id": id, "points": hold.points, "expires_at": hold.expires_at,
            "order_id": hold.order });
        sheets.write("holds", row)?;
    }
    for (id, claim) in document.claims.iter() {
        let points: i64 = claim.parts.iter().map(|part| part.lot.points).sum();
        let row = json!({ "member": document.id, "id": id, "reward": claim.reward, "state": claim.state, "points": points,
            "code": claim.code, "at": claim.at });
        sheets.write("claims", row)?;
    }
    for order in stream.orders.iter().filter(|order| order.has_begun()) {
        sheets.write("orders", rows::order(who, order))?;
    }
    Ok(())
}

/// What many members share, and what belongs to none.
async fn shared(sheets: &mut Sheets, store: &Store) -> anyhow::Result<()> {
    let mut after = (String::new(), String::new());
    loop {
        let counts = store.all_counts(after.clone(), AT_ONCE * 16).await?;
        let Some((brand, key, _)) = counts.last() else { break };
        after = (brand.clone(), key.clone());
        for (brand, key, count) in counts {
            let (sheet, name) = match key.strip_prefix("code:") {
                Some(code) => ("codes", json!({ "code": code })),
                None => ("counts", json!({ "key": key })),
            };
            let mut row = json!({ "brand": brand, "used": count.used, "offer": count.offer });
            if let (Some(row), Some(name)) = (row.as_object_mut(), name.as_object()) {
                row.extend(name.clone());
            }
            sheets.write(sheet, row)?;
        }
    }
    for version in store.published().await? {
        let row = json!({ "brand": version.brand, "version": version.number, "effective_at": version.effective_at,
            "tables": serde_json::from_str::<serde_json::Value>(&version.content)? });
        sheets.write("programmes", row)?;
    }
    for (brand, _) in store.members().await? {
        let mut after = ParkedPlace::default();
        loop {
            let page = store.parked(&brand, after, PARKED).await?;
            let Some(last) = page.last().map(ParkedRow::place) else { break };
            after = last;
            for parked in page {
                let row = json!({ "brand": brand, "source": parked.source, "id": parked.id, "number": parked.number,
                "member": parked.member, "reason": parked.reason, "content": parked.content, "at": parked.recorded_at });
                sheets.write("parked", row)?;
            }
        }
    }
    Ok(())
}
