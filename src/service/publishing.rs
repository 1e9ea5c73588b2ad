//! Making a draft of the programme live: by one person or two, and which versions there were.

use jiff::Timestamp;
use serde::Serialize;

use super::{App, approve, mercy};
use crate::{
    access::Caller,
    intake::{draft::PublishBody, problem::Problem},
    programme::{Problem as CellProblem, Tables, changes::changes},
    writer::{
        known, programmes,
        publishing::{Draft, Note, Person, Published, Publishing, Waiting},
    },
};

/// A draft that went live.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PublishedView {
    pub version: String,
    /// False where the live version says the same already.
    pub is_new: bool,
    /// What should be looked at in it.
    pub warnings: Vec<CellProblem>,
}

/// A draft that goes live when a second person wants it, too.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WaitingDraft {
    pub fingerprint: String,
    /// The version that it is to follow.
    pub live: String,
    pub asked_by: String,
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// What it changes, a sentence each.
    pub changes: Vec<String>,
    /// The earlier version that it is, once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolls_back_to: Option<String>,
    /// Whether what was given too much since is taken back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub takes_back: bool,
    /// Whether tiers and badges that were given since by challenges that it does not have are ended.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub takes_back_effects: bool,
    /// Where a second person agrees, with a key of their own.
    pub agree: String,
}

/// What became of a draft that was to be published.
pub enum PublishAnswer {
    Live(PublishedView),
    Waits(WaitingDraft),
}

/// Where a draft of the brand is published, now.
pub(super) fn publishing<'a>(app: &'a App, brand: &'a str) -> Publishing<'a> {
    Publishing { store: &app.store, live: &app.programmes, brand, now: app.clock.now() }
}

/// Whoever holds this key.
pub(super) async fn person(app: &App, caller: &Caller) -> Person {
    let own = approve::own_accounts(app, caller).await;
    Person { name: caller.name.clone(), key: Some(caller.key_id.clone()), own }
}

/// Makes a draft live that was checked, beside the version that was live then.
pub async fn publish(app: &App, caller: &Caller, body: PublishBody) -> Result<PublishAnswer, Problem> {
    let (tables, fingerprint, live) = body.checked()?;
    trusted_clock(app)?;
    let draft = Draft::of(tables, fingerprint, live);
    let published = publishing(app, &caller.brand).publish(draft, person(app, caller).await).await?;
    answer(app, &caller.brand, published).await
}

/// Agrees to what waits under this fingerprint, as another person than the one who asked.
pub async fn agree(app: &App, caller: &Caller, fingerprint: &str) -> Result<PublishedView, Problem> {
    trusted_clock(app)?;
    let published = publishing(app, &caller.brand).agree(fingerprint, person(app, caller).await).await?;
    match answer(app, &caller.brand, published).await? {
        PublishAnswer::Live(live) => Ok(live),
        PublishAnswer::Waits(_) => Err(Problem::second_key()),
    }
}

/// What waits for a second person.
pub async fn waiting(app: &App, brand: &str) -> Result<Option<WaitingDraft>, Problem> {
    match publishing(app, brand).waiting().await? {
        Some(waits) => shown(app, brand, waits).await.map(Some),
        None => Ok(None),
    }
}

/// What waited is not to go live.
pub async fn withdraw(app: &App, brand: &str, fingerprint: &str) -> Result<(), Problem> {
    let gone = publishing(app, brand).withdraw(fingerprint).await?;
    if gone { Ok(()) } else { Err(Problem::not_found(format!("draft `{fingerprint}` that waits"))) }
}

/// A version is live from an instant on.
pub(super) fn trusted_clock(app: &App) -> Result<(), Problem> {
    app.clock.doubt().map_or(Ok(()), |doubt| Err(Problem::clock(doubt)))
}

pub(super) async fn answer(app: &App, brand: &str, published: Published) -> Result<PublishAnswer, Problem> {
    match published {
        Published::Live { number, is_new, warnings } => {
            if is_new {
                mercy::take_back_aside(app, brand);
            }
            Ok(PublishAnswer::Live(PublishedView { version: format!("v{number}"), is_new, warnings }))
        }
        Published::Waits(waits) => shown(app, brand, waits).await.map(PublishAnswer::Waits),
    }
}

async fn shown(app: &App, brand: &str, waits: Waiting) -> Result<WaitingDraft, Problem> {
    let Waiting { by, since, draft: Draft { tables, fingerprint, live, rolled_back } } = waits;
    let before = known::published_tables(&app.store, brand, live).await?;
    let changes = changes(&before, &tables).iter().map(ToString::to_string).collect();
    let agree = format!("/v1/programme/waiting/{fingerprint}/agree");
    let (live, asked_by, asked_at) = (format!("v{live}"), by.name, since);
    let takes_back = rolled_back.as_ref().is_some_and(|back| back.take_back);
    let takes_back_effects = rolled_back.as_ref().is_some_and(|back| back.take_back_effects);
    let rolls_back_to = rolled_back.map(|back| format!("v{}", back.to));
    Ok(WaitingDraft {
        fingerprint,
        live,
        asked_by,
        asked_at,
        changes,
        rolls_back_to,
        takes_back,
        takes_back_effects,
        agree,
    })
}

/// A version that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VersionView {
    pub version: String,
    #[schema(value_type = String, format = DateTime)]
    pub effective_at: Timestamp,
    /// Who made it, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed: Option<String>,
    /// The earlier version that it is, once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolled_back_to: Option<String>,
    /// Why it was made, where somebody said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many cells and rows it changed.
    pub changes: usize,
}

/// All versions, the newest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Versions {
    pub versions: Vec<VersionView>,
}

/// Every version of a brand.
pub async fn versions(app: &App, brand: &str) -> Result<Versions, Problem> {
    let published = app.store.published().await?;
    let mut before = Tables::default();
    let mut versions = Vec::new();
    for rows in published.iter().filter(|rows| rows.brand == brand) {
        let tables = programmes::tables(rows)?;
        let Note { by, agreed, rolled_back, stopped } = Note::of(rows);
        let (rolled_back_to, reason) = rolled_back.map(|back| (format!("v{}", back.to), back.reason)).unzip();
        let said = stopped.iter().map(|one| format!("{}, {}: {}", one.table, one.row, one.says(rows.number)));
        let said = said.collect::<Vec<_>>().join("; ");
        let reason = reason.or(Some(said).filter(|said| !said.is_empty()));
        versions.push(VersionView {
            version: format!("v{}", rows.number),
            effective_at: rows.effective_at,
            by: Some(by).filter(|by| !by.is_empty()),
            agreed,
            rolled_back_to,
            reason,
            changes: changes(&before, &tables).len(),
        });
        before = tables;
    }
    versions.reverse();
    Ok(Versions { versions })
}
