//! What waits for a person: facts that nobody could decide, kept whole, so many of each sender at a time.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{
    App, approve,
    page::{Page, PageQuery},
};
use crate::{
    intake::problem::Problem,
    store::parked::{ParkedPlace, ParkedRow, Parking},
};

/// A fact that waits.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ParkedView {
    pub source: String,
    pub id: String,
    pub number: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_id: Option<String>,
    /// Why it waits, in words.
    pub reason: String,
    #[schema(value_type = Object)]
    pub content: Value,
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
}

/// A page of what waits. `next` continues; `null` = that was all.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ParkedList {
    pub parked: Vec<ParkedView>,
    pub next: Option<String>,
}

/// A place in the list as text that nobody takes apart.
fn cursor(place: &ParkedPlace) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

fn place(cursor: Option<&str>) -> Result<ParkedPlace, Problem> {
    let Some(cursor) = cursor else { return Ok(ParkedPlace::default()) };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let place = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    place.ok_or_else(|| Problem::invalid_field("/cursor", "is not one that `next` gave"))
}

/// What waits, oldest first; the reason of points by hand is told in words.
pub async fn list(app: &App, brand: &str, page: &PageQuery) -> Result<ParkedList, Problem> {
    let (limit, after) = (page.limit(), place(page.cursor.as_deref())?);
    let rows = app.store.parked(brand, after, limit + 1).await?;
    let Page { items, next } = Page::cut(rows, limit, |row| cursor(&row.place()));
    let mut parked = Vec::with_capacity(items.len());
    for mut row in items {
        if let Some(reason) = approve::reason_in_words(app, &row).await? {
            row.content["reason"] = reason.into();
        }
        parked.push(ParkedView {
            source: row.source,
            id: row.id,
            number: row.number,
            member_id: row.member,
            reason: row.reason,
            content: row.content,
            recorded_at: row.recorded_at,
        });
    }
    Ok(ParkedList { parked, next })
}

/// Facts of one sender that wait for a person at a time.
pub const WAITING_MAX: usize = 1000;
/// A person is not there at once.
const COME_AGAIN_SECONDS: u32 = 60;

/// Keeps a fact for a person; false when it waits already. What is more than one sender may have waiting stays with the sender.
pub(super) async fn park(app: &App, row: ParkedRow) -> Result<bool, Problem> {
    let source = row.source.clone();
    match app.store.park(row, WAITING_MAX).await? {
        Parking::New => Ok(true),
        Parking::Known => Ok(false),
        Parking::Full => {
            tracing::warn!(source, "as much waits for a person as may: deal with what /v1/parked lists");
            let detail = format!(
                "{WAITING_MAX} facts from `{source}` wait for a person already. Nothing of this one was stored. Deal with \
                 them (GET /v1/parked, then DELETE), and send this one again under the same id: it counts once."
            );
            let problem = Problem::new(503, "too-much-waits", "Too much waits for a person", detail);
            Err(problem.after(COME_AGAIN_SECONDS))
        }
    }
}

/// A person has dealt with it.
pub async fn dismiss(app: &App, brand: &str, source: &str, id: &str, number: u32) -> Result<(), Problem> {
    let gone = app.store.unpark(brand, source, id, number).await?;
    if gone { Ok(()) } else { Err(Problem::not_found(format!("parked fact `{id}`"))) }
}
