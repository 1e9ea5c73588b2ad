//! `loyalty why ENTRY`: the arithmetic behind one entry, printed.

use std::process::ExitCode;

use anyhow::bail;

use crate::{
    app::open_ledger, config::Settings, inbound::why, programme::LANGUAGES, store::programmes::LiveProgrammes,
};

pub async fn run(settings: &Settings, entry: &str, language: Option<String>) -> anyhow::Result<ExitCode> {
    if let Some(unknown) = language.as_deref().filter(|language| !LANGUAGES.contains(language)) {
        bail!("--language: `{unknown}` is none of {}", LANGUAGES.join(", "));
    }
    let store = open_ledger(settings).await?;
    let live = LiveProgrammes::default();
    store.load_programmes(&live).await?;
    for (brand, programmes) in live.all() {
        if let Some(why) = why::why(&store, &programmes, &brand, entry, language.clone()).await? {
            println!("{}  {:+}  {}", why.entry.id, why.entry.points, why.entry.account.name());
            for line in why.because {
                println!("  {line}");
            }
            return Ok(ExitCode::SUCCESS);
        }
    }
    bail!("there is no entry `{entry}`; a member's statement shows the ids of its entries");
}
