//! Large adjustments wait until somebody else agrees: parked with the first key's id, decided with the second's word.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Serialize;
use serde_json::json;

use super::{auth::Caller, problem::Problem};
use crate::{
    app::App,
    loyalty::{Fact, event::Adjustment, receipt::Receipt},
    store::{Incoming, Who, find::Loaded, seal, shared::ParkedRow},
};

/// What waits, and for what.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Waiting {
    pub id: String,
    /// Where a second person agrees, with another key.
    pub approve: String,
    pub detail: String,
}

const REASON: &str = "reason";

/// Parks an adjustment. Its reason stays encrypted with the member's key.
pub async fn wait(
    app: &App,
    caller: &Caller,
    (source, id): (String, String),
    member: &Loaded,
    adjustment: Adjustment,
) -> Result<(StatusCode, Json<Waiting>), Problem> {
    let key = member.key.ok_or_else(|| Problem::not_found("member like this (any more)"))?;
    let sealed = seal::seal_text(&key, &format!("{}/{source}/{id}/waiting", caller.brand), REASON, &adjustment.reason);
    let row = ParkedRow {
        brand: caller.brand.clone(),
        source,
        id: id.clone(),
        number: 0,
        member: Some(member.member.id.clone()),
        reason: format!("{} points by hand wait for a second key", adjustment.points),
        content: json!({ "points": adjustment.points, "reason": sealed, "key": caller.key_id }),
        recorded_at: app.clock.now(),
    };
    app.store.park(row).await?;
    let detail = "More points than one key may give or take; a second person agrees with another key.".to_owned();
    let approve = format!("/v1/adjustments/{}/{id}/approve", caller.name);
    Ok((StatusCode::ACCEPTED, Json(Waiting { id, approve, detail })))
}

/// Agree to an adjustment that waits, with another key than the one that asked
#[utoipa::path(post, path = "/v1/adjustments/{source}/{id}/approve", tag = "members", security(("key" = ["adjust"])),
    params(("source" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Receipt), (status = 403, body = Problem, content_type = "application/problem+json")))]
pub async fn approve(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((name, id)): Path<(String, String)>,
) -> Result<Json<Receipt>, Problem> {
    let missing = || Problem::not_found(format!("adjustment `{id}` of `{name}` that waits"));
    let source = format!("{name}:adjustment");
    let row = app.store.parked_fact(&caller.brand, &source, &id).await?.ok_or_else(missing)?;
    if row.content["key"] == caller.key_id.as_str() {
        return Err(Problem::second_key());
    }
    let member = row.member.clone().ok_or_else(missing)?;
    caller.forbid_own(&app, &member).await?;
    let key = app.store.member(&caller.brand, &member).await?.and_then(|loaded| loaded.key);
    let reason =
        seal::open(row.content[REASON].as_str().unwrap_or_default(), key.as_ref(), REASON).ok_or_else(missing)?;
    let points = row.content["points"].as_i64().ok_or_else(missing)?;
    let incoming = Incoming {
        brand: caller.brand.clone(),
        source: source.clone(),
        id: id.clone(),
        occurred_at: None,
        fact: Fact::Adjustment(Adjustment { points, reason }),
        who: Who { id: Some(member), ..Who::default() },
    };
    // Accepted first: a crash in between leaves it parked, and agreeing again finds the same event.
    let receipt = app.writer.accept(incoming).await?.receipt;
    app.store.unpark(&caller.brand, &source, &id, 0).await?;
    Ok(Json(receipt))
}
