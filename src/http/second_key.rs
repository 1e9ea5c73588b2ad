//! Points by hand that are more than one key may move on one day wait until a second person agrees: another key, of another
//! name, of somebody else. What waits under an id is what was asked first; agreeing twice gives the same receipt.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::adjustments::{incoming, source};
use crate::{
    access::Caller,
    intake::problem::Problem,
    loyalty::{Fact, event::Adjustment, receipt::Receipt},
    service::{App, members},
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

/// Source and id.
type Place = (String, String);

/// An adjustment that waits, opened.
struct Asked {
    member: Loaded,
    adjustment: Adjustment,
    /// The key that asked, and the members that its holder is.
    key: String,
    own: BTreeSet<String>,
    since: Timestamp,
}

/// The answer to the same question again; a conflict when something else waits under this id.
pub async fn waits_already(
    app: &App,
    caller: &Caller,
    place: &Place,
    member: &Loaded,
    adjustment: &Adjustment,
) -> Result<Option<(StatusCode, Json<Waiting>)>, Problem> {
    let Some(asked) = asked(app, &caller.brand, place).await? else { return Ok(None) };
    if asked.member.member.id == member.member.id && asked.adjustment == *adjustment {
        return Ok(Some(waiting(caller, &place.1)));
    }
    Err(NotAccepted::Conflict { source_name: place.0.clone(), id: place.1.clone() }.into())
}

/// Parks an adjustment. Its reason stays encrypted with the member's key.
pub async fn wait(
    app: &App,
    caller: &Caller,
    place: Place,
    member: &Loaded,
    adjustment: Adjustment,
) -> Result<(StatusCode, Json<Waiting>), Problem> {
    let key = member.key.ok_or_else(|| Problem::not_found("member like this (any more)"))?;
    let sealed = seal::seal_text(&key, &identity(&caller.brand, &place), REASON, &adjustment.reason);
    let row = ParkedRow {
        brand: caller.brand.clone(),
        source: place.0.clone(),
        id: place.1.clone(),
        number: 0,
        member: Some(member.member.id.clone()),
        reason: format!("{} by hand: waiting for a second person", counted(adjustment.points, "point")),
        content: json!({ "points": adjustment.points, "reason": sealed, "by": adjustment.by, "key": caller.key_id,
            "own": own(app, caller).await }),
        recorded_at: app.clock.now(),
    };
    if app.store.park(row).await? {
        return Ok(waiting(caller, &place.1));
    }
    // Somebody asked under this id in the same moment.
    let again = waits_already(app, caller, &place, member, &adjustment).await?;
    again.ok_or_else(|| Problem::unavailable("It was agreed to in this moment"))
}

fn waiting(caller: &Caller, id: &str) -> (StatusCode, Json<Waiting>) {
    let detail = "More points than one key may move on one day; a second person agrees with a key of their own.";
    let view = Waiting { id: id.to_owned(), approve: approve_path(&caller.name, id), detail: detail.to_owned() };
    (StatusCode::ACCEPTED, Json(view))
}

fn approve_path(name: &str, id: &str) -> String {
    format!("/v1/adjustments/{name}/{id}/approve")
}

fn identity(brand: &str, (source, id): &Place) -> String {
    format!("{brand}/{source}/{id}/waiting")
}

/// The members that a key's holder is, by id.
async fn own(app: &App, caller: &Caller) -> BTreeSet<String> {
    let mut own = BTreeSet::new();
    for reference in caller.own_accounts() {
        if let Ok(found) = members::find(app, &caller.brand, reference).await {
            own.insert(found.member.id);
        }
    }
    own
}

/// What waits under this id.
async fn asked(app: &App, brand: &str, place: &Place) -> Result<Option<Asked>, Problem> {
    let Some(row) = app.store.parked_fact(brand, &place.0, &place.1).await? else { return Ok(None) };
    let Some(member) = member_of(app, brand, row.member.as_deref().unwrap_or_default()).await? else { return Ok(None) };
    let Some(reason) = opened(&row.content[REASON], &member) else { return Ok(None) };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let by = text(&row.content["by"]).or_else(|| place.0.split_once(':').map(|(name, _)| name.to_owned()));
    let points = row.content["points"].as_i64().unwrap_or_default();
    let own = row.content["own"].as_array().into_iter().flatten().filter_map(text);
    Ok(Some(Asked {
        member,
        adjustment: Adjustment { points, reason, by, agreed: None },
        key: text(&row.content["key"]).unwrap_or_default(),
        own: own.collect(),
        since: row.recorded_at,
    }))
}

/// What was agreed to already, to be said again.
async fn agreed(app: &App, brand: &str, place: &Place) -> Result<Option<Asked>, Problem> {
    let Some(stored) = app.store.event(brand, &place.0, &place.1).await? else { return Ok(None) };
    let Fact::Adjustment(adjustment) = stored.event.fact else { return Ok(None) };
    let Some(member) = member_of(app, brand, &stored.member).await? else { return Ok(None) };
    let reason = opened(&Value::from(adjustment.reason.clone()), &member).filter(|_| adjustment.agreed.is_some());
    let (key, own, since) = (String::new(), BTreeSet::new(), stored.recorded_at);
    Ok(reason.map(|reason| {
        let adjustment = Adjustment { reason, agreed: None, ..adjustment };
        Asked { member, adjustment, key, own, since }
    }))
}

async fn member_of(app: &App, brand: &str, id: &str) -> Result<Option<Loaded>, Problem> {
    Ok(app.store.member(brand, id).await?)
}

fn opened(sealed: &Value, member: &Loaded) -> Option<String> {
    seal::open(sealed.as_str()?, member.key.as_ref(), REASON)
}

/// The reason of a parked adjustment in words, for whoever may see what waits.
pub async fn reason_in_words(app: &App, row: &ParkedRow) -> Result<Option<String>, Problem> {
    let by_hand = row.source.ends_with(&source("")) && row.content[REASON].is_string();
    let Some(id) = row.member.as_deref().filter(|_| by_hand) else { return Ok(None) };
    Ok(member_of(app, &row.brand, id).await?.and_then(|member| opened(&row.content[REASON], &member)))
}

/// What waits for a second person, with the reason in words
#[utoipa::path(get, path = "/v1/adjustments/{source}/{id}", tag = "members",
    security(("key" = ["adjust"])),
    params(("source" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = WaitingView), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((name, id)): Path<(String, String)>,
) -> Result<Json<WaitingView>, Problem> {
    let missing = || Problem::not_found(format!("adjustment `{id}` of `{name}` that waits"));
    let asked = asked(&app, &caller.brand, &(source(&name), id.clone())).await?.ok_or_else(missing)?;
    let Adjustment { points, reason, .. } = asked.adjustment;
    let approve = approve_path(&name, &id);
    let (member_id, asked_at) = (asked.member.member.id, asked.since);
    Ok(Json(WaitingView { id, asked_by: name, member_id, points, reason, asked_at, approve }))
}

/// Agree to an adjustment that waits, as another person than the one who asked
#[utoipa::path(post, path = "/v1/adjustments/{source}/{id}/approve", tag = "members",
    security(("key" = ["adjust"])),
    params(("source" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Receipt), (status = 403, body = Problem, content_type = "application/problem+json"),
              (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn approve(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((name, id)): Path<(String, String)>,
) -> Result<Json<Receipt>, Problem> {
    let place = (source(&name), id);
    let found = match asked(&app, &caller.brand, &place).await? {
        Some(asked) => Some(asked),
        None => agreed(&app, &caller.brand, &place).await?,
    };
    let asked = found.ok_or_else(|| Problem::not_found(format!("adjustment `{}` of `{name}` that waits", place.1)))?;
    let same_person = !own(&app, &caller).await.is_disjoint(&asked.own);
    if name == caller.name || asked.key == caller.key_id || same_person {
        return Err(Problem::second_key());
    }
    let member = asked.member.member.id;
    caller.forbid_own(&app, &member).await?;
    let adjustment = Adjustment { agreed: Some(caller.name.clone()), ..asked.adjustment };
    // Accepted first: a crash in between leaves it parked, and agreeing again finds the same event.
    let receipt = app.writer.accept(incoming(&caller.brand, place.clone(), &member, adjustment)).await?.receipt;
    app.store.unpark(&caller.brand, &place.0, &place.1, 0).await?;
    Ok(Json(receipt))
}
