//! `loyalty why`: the arithmetic behind one entry, one order or one event, printed.

use std::process::ExitCode;

use anyhow::{anyhow, bail};

use crate::{
    config::Settings,
    data_folder::open_ledger,
    service::why::{
        self, Language, Why,
        whole::{self, WholeWhy},
    },
    writer::programmes::LiveProgrammes,
};

pub async fn run(settings: &Settings, what: &str, language: Option<String>) -> anyhow::Result<ExitCode> {
    let language = Language::read(language).map_err(|detail| anyhow!("--language: {detail}"))?;
    let store = open_ledger(settings).await?;
    let live = LiveProgrammes::load(&store).await?;
    for (brand, programmes) in live.all() {
        let language = language.clone();
        let found = if let Some(order) = what.strip_prefix("order:") {
            whole::order(&store, &programmes, &brand, order, language).await?.map(print_whole)
        } else if let Some((source, id)) = what.strip_prefix("event:").and_then(|event| event.split_once('/')) {
            whole::event(&store, &programmes, &brand, (source, id), language).await?.map(print_whole)
        } else {
            why::why(&store, &programmes, &brand, what, language).await?.map(print)
        };
        if found.is_some() {
            return Ok(ExitCode::SUCCESS);
        }
    }
    let Some((kind, id)) = what.split_once(':') else {
        bail!(
            "there is no entry `{what}`; a member's statement shows the ids of its entries. Of orders and events: \
             order:ID, event:SOURCE/ID"
        );
    };
    bail!("there is no {kind} `{id}`");
}

fn print(why: Why) {
    println!("{}  {:+}  {}", why.entry.id, why.entry.points, why.entry.account.name());
    for line in why.because {
        println!("  {line}");
    }
}

fn print_whole(why: WholeWhy) {
    println!("{}  {:+}", why.about, why.points);
    for line in why.lines {
        println!("  {}", line.text);
    }
    for rule in why.rules {
        println!("  {}  {:+}  {}", rule.rule, rule.points, rule.name);
        for text in rule.text {
            println!("      {text}");
        }
    }
    for note in why.notes {
        println!("  {note}");
    }
}
