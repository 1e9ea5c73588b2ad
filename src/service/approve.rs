//! Points by hand that are more than one key may move on one day wait until a second person agrees: another key, of another
//! name, of somebody else. What waits under an id is what was asked for first; agreeing twice gives the same receipt.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{App, members, parked};
use crate::{
    access::Caller,
    intake::{Incoming, Who, incoming::Origin, problem::Problem},
    loyalty::{Fact, event::Adjustment, receipt::Receipt},
    store::{find::Loaded, parked::ParkedRow},
    values::{count::counted, seal},
    writer::NotAccepted,
};

/// What waits, and for what.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Waiting {
    pub id: String,
    /// Where a second person agrees, with a key of their own; `GET` without `/approve` shows what it is about.
    pub approve: String,
    pub detail: String,
}

/// What a second person is to agree to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WaitingView {
    pub id: String,
    /// The name of the key that asked.
    pub asked_by: String,
    pub member_id: String,
    pub points: i64,
    /// In words, as the asker gave it.
    pub reason: String,
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    pub approve: String,
}

const REASON: &str = "reason";
/// The kind of call in the source of adjustments.
pub(super) const CALL: &str = "adjustment";

/// An adjustment that somebody asked for, opened.
struct Request {
    member: Loaded,
    adjustment: Adjustment,
    /// The key that asked, and the members that its holder is.
    key: String,
    own_accounts: BTreeSet<String>,
    since: Timestamp,
}

/// The event of an adjustment, under its asker's name whoever agrees to it.
pub(super) fn event(asker: Origin<'_>, id: &str, member: &str, adjustment: Adjustment) -> Incoming {
    asker.event((CALL, id.to_owned()), Who::of(member.to_owned()), Fact::Adjustment(adjustment))
}

/// The answer to a request that waits already; a conflict when something else waits under its id.
pub(super) async fn waits_already(
    app: &App,
    caller: &Caller,
    id: &str,
    member: &Loaded,
    adjustment: &Adjustment,
) -> Result<Option<Waiting>, Problem> {
    let Some(request) = find_waiting(app, caller.origin(), id).await? else { return Ok(None) };
    if request.member.member.id == member.member.id && request.adjustment == *adjustment {
        return Ok(Some(answer(caller, id)));
    }
    Err(NotAccepted::Conflict { source_name: caller.origin().source(CALL), id: id.to_owned() }.into())
}

/// Parks an adjustment. Its reason stays encrypted with the member's key.
pub(super) async fn wait(
    app: &App,
    caller: &Caller,
    id: &str,
    member: &Loaded,
    adjustment: Adjustment,
) -> Result<Waiting, Problem> {
    let key = member.key.ok_or_else(|| Problem::not_found("member like this (any more)"))?;
    let source = caller.origin().source(CALL);
    let place = format!("{}/{source}/{id}/waiting", caller.brand);
    let sealed = seal::seal_text(&key, &place, REASON, &adjustment.reason);
    let row = ParkedRow {
        brand: caller.brand.clone(),
        source,
        id: id.to_owned(),
        number: 0,
        member: Some(member.member.id.clone()),
        reason: format!("{} by hand: waiting for a second person", counted(adjustment.points, "point")),
        content: json!({ "points": adjustment.points, "reason": sealed, "by": adjustment.by, "key": caller.key_id,
            "own": own_accounts(app, caller).await }),
        recorded_at: app.clock.now(),
    };
    if parked::park(app, row).await? {
        return Ok(answer(caller, id));
    }
    // Somebody asked under this id in the same moment.
    let again = waits_already(app, caller, id, member, &adjustment).await?;
    again.ok_or_else(|| Problem::unavailable("It was agreed to in this moment"))
}

fn answer(caller: &Caller, id: &str) -> Waiting {
    let detail = "More points than one key may move on one day; a second person agrees with a key of their own.";
    Waiting { id: id.to_owned(), approve: approve_path(&caller.name, id), detail: detail.to_owned() }
}

fn approve_path(name: &str, id: &str) -> String {
    format!("/v1/adjustments/{name}/{id}/approve")
}

/// The members that a key's holder is, by id.
pub(super) async fn own_accounts(app: &App, caller: &Caller) -> BTreeSet<String> {
    let mut own = BTreeSet::new();
    for reference in caller.own_accounts() {
        if let Ok(found) = members::find(app, &caller.brand, reference).await {
            own.insert(found.member.id);
        }
    }
    own
}

/// What waits under this id.
async fn find_waiting(app: &App, asker: Origin<'_>, id: &str) -> Result<Option<Request>, Problem> {
    let Some(row) = app.store.parked_fact(asker.brand, &asker.source(CALL), id).await? else { return Ok(None) };
    let member = app.store.member(asker.brand, row.member.as_deref().unwrap_or_default()).await?;
    let Some(member) = member else { return Ok(None) };
    let Some(reason) = open_reason(&row.content[REASON], &member) else { return Ok(None) };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let by = text(&row.content["by"]).or_else(|| Some(asker.name.to_owned()));
    let points = row.content["points"].as_i64().unwrap_or_default();
    let own = row.content["own"].as_array().into_iter().flatten().filter_map(text);
    Ok(Some(Request {
        member,
        adjustment: Adjustment { points, reason, by, agreed: None },
        key: text(&row.content["key"]).unwrap_or_default(),
        own_accounts: own.collect(),
        since: row.recorded_at,
    }))
}

/// What was agreed to already, for who agrees once more.
async fn find_agreed(app: &App, asker: Origin<'_>, id: &str) -> Result<Option<Request>, Problem> {
    let Some(stored) = app.store.event(asker.brand, &asker.source(CALL), id).await? else { return Ok(None) };
    let Fact::Adjustment(adjustment) = stored.event.fact else { return Ok(None) };
    let Some(member) = app.store.member(asker.brand, &stored.member).await? else { return Ok(None) };
    let sealed = Value::from(adjustment.reason.clone());
    let reason = open_reason(&sealed, &member).filter(|_| adjustment.agreed.is_some());
    let (key, own_accounts, since) = (String::new(), BTreeSet::new(), stored.recorded_at);
    Ok(reason.map(|reason| {
        let adjustment = Adjustment { reason, agreed: None, ..adjustment };
        Request { member, adjustment, key, own_accounts, since }
    }))
}

fn open_reason(sealed: &Value, member: &Loaded) -> Option<String> {
    seal::open(sealed.as_str()?, member.key.as_ref(), REASON)
}

/// The reason of a parked adjustment in words, for whoever may see what waits.
pub async fn reason_in_words(app: &App, row: &ParkedRow) -> Result<Option<String>, Problem> {
    let by_hand = row.source.ends_with(&format!(":{CALL}")) && row.content[REASON].is_string();
    let Some(id) = row.member.as_deref().filter(|_| by_hand) else { return Ok(None) };
    let member = app.store.member(&row.brand, id).await?;
    Ok(member.and_then(|member| open_reason(&row.content[REASON], &member)))
}

fn missing(asker: Origin<'_>, id: &str) -> Problem {
    Problem::not_found(format!("adjustment `{id}` of `{}` that waits", asker.name))
}

/// What waits under the id that this asker gave.
pub async fn waiting(app: &App, asker: Origin<'_>, id: String) -> Result<WaitingView, Problem> {
    let request = find_waiting(app, asker, &id).await?.ok_or_else(|| missing(asker, &id))?;
    let Adjustment { points, reason, .. } = request.adjustment;
    let approve = approve_path(asker.name, &id);
    let (member_id, asked_at) = (request.member.member.id, request.since);
    Ok(WaitingView { id, asked_by: asker.name.to_owned(), member_id, points, reason, asked_at, approve })
}

/// Agrees to what waits, as another person than the one who asked.
pub async fn approve(app: &App, caller: &Caller, asker: Origin<'_>, id: &str) -> Result<Receipt, Problem> {
    let found = match find_waiting(app, asker, id).await? {
        Some(request) => Some(request),
        None => find_agreed(app, asker, id).await?,
    };
    let request = found.ok_or_else(|| missing(asker, id))?;
    let same_person = !own_accounts(app, caller).await.is_disjoint(&request.own_accounts);
    if asker.name == caller.name || request.key == caller.key_id || same_person {
        return Err(Problem::second_key());
    }
    let member = request.member.member.id;
    caller.forbid_own(app, &member).await?;
    let adjustment = Adjustment { agreed: Some(caller.name.clone()), ..request.adjustment };
    // Accepted first: a crash in between leaves it parked, and agreeing again finds the same event.
    let receipt = app.writer.accept(event(asker, id, &member, adjustment)).await?.receipt;
    app.store.unpark(asker.brand, &asker.source(CALL), id, 0).await?;
    Ok(receipt)
}
