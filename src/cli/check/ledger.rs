//! The store and the programme of every brand in it.

use super::Findings;
use crate::{
    config::Settings,
    data_folder::open_store,
    store::{
        Store, StoreError,
        backup::DATABASE,
        engine::{Server, Standby},
    },
    systems::csv_folder::CsvFolder,
    values::count::counted,
    writer::programmes::LiveProgrammes,
};

pub async fn look(settings: &Settings, findings: &mut Findings) {
    let data = &settings.server.data;
    if settings.store.url.is_none() && !data.join(DATABASE).is_file() {
        findings
            .ok(format!("no database in {} yet: the first start makes it with the sample programme", data.display()));
        return;
    }
    if let Err(error) = contents(settings, findings).await {
        let (place, todo) = match settings.store.url {
            Some(_) => ("PostgreSQL".to_owned(), "is LOYALTY__STORE__URL right, and does the server run?"),
            None => (data.display().to_string(), "is the data folder right and writable (LOYALTY__SERVER__DATA)?"),
        };
        findings.wrong(format!("{place}: {error}"), todo);
    }
}

async fn contents(settings: &Settings, findings: &mut Findings) -> Result<(), StoreError> {
    let store = open_store(settings).await?;
    let keys = store.keys().await?;
    let active = keys.iter().filter(|key| key.revoked_at.is_none()).count();
    let place = if store.is_shared() { "store.url".to_owned() } else { settings.server.data.display().to_string() };
    let engine = store.engine().await?;
    let active = counted(active, "active key");
    findings.ok(format!("loyalty {}, {} in {place}, {active}", env!("CARGO_PKG_VERSION"), engine.name));
    if let Some(server) = &engine.server {
        standing_in(server, findings);
    }
    let live = LiveProgrammes::load(&store).await?;
    let mut brands: Vec<_> = live.all().into_iter().collect();
    brands.sort_by(|one, other| one.0.cmp(&other.0));
    for (brand, programmes) in &brands {
        findings.ok(format!("programme v{} of brand {brand} is live", programmes.live().number));
    }
    if brands.is_empty() {
        findings.ok("no programme yet: the first start publishes the sample");
    }
    if settings.nocodb.url.is_none() && !brands.is_empty() {
        edited(settings, &store, &live, findings).await;
    }
    for (brand, _) in
        brands.iter().filter(|(brand, _)| settings.nocodb.url.is_some() || *brand != settings.server.brand)
    {
        for warning in crate::writer::known::look_at_live(&store, brand).await? {
            findings.note(format!("live, but look: {warning}"), LOOK);
        }
    }
    let mut dead = 0;
    for (brand, _) in &brands {
        dead += store.dead_letters(brand, 1000).await?.len();
    }
    if dead > 0 {
        findings.note(
            format!("{} for a person", counted(dead, "delivery")),
            "`loyalty dead-letters list` shows why, `replay` sends them again",
        );
    }
    Ok(())
}

/// What happens when the machine of the database is lost.
fn standing_in(server: &Server, findings: &mut Findings) {
    if server.hosts == 1 {
        findings.note(
            "LOYALTY__STORE__URL names one host: when it is lost, nothing is served until it is back",
            "name the standby, too (postgres://USER:PASSWORD@ONE,TWO/DATABASE), unless something before them changes over",
        );
    }
    match &server.standby {
        Standby::There => findings.ok("a synchronous standby has every commit before it is acknowledged"),
        Standby::NotAsked => findings.note(
            "no synchronous standby: what was acknowledged last is lost with the machine of the database",
            "set synchronous_standby_names on the server (docs/OPERATIONS.md, \"High availability\")",
        ),
        Standby::Missing { names } => findings.wrong(
            format!("synchronous_standby_names is `{names}`, and nobody of that name is there: every commit waits, callers get 503"),
            "start the standby, or mend the setting and reload it; what waits is done then",
        ),
    }
}

const LOOK: &str = "nothing keeps it from being live; is it what you mean?";

/// What keeps the programme's CSV files from being live, and what is to be looked at in them.
async fn edited(settings: &Settings, store: &Store, live: &LiveProgrammes, findings: &mut Findings) {
    let reviewed = match CsvFolder::open(settings) {
        Ok(folder) => folder.review(store, live, &settings.server.brand).await,
        Err(error) => Err(error),
    };
    match reviewed {
        Ok(look) => look.iter().for_each(|warning| findings.note(format!("live, but look: {warning}"), LOOK)),
        Err(error) => {
            findings
                .wrong(format!("edited, not live: {error}"), "mend it: the last good version stays live until then");
        }
    }
}
