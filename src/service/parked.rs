//! What waits for a person: facts that nobody could decide, kept whole, so many of each sender at a time. What could only not be given
//! yet is tried again when a person says so.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{
    App, approve,
    page::{Page, PageQuery, cursor},
};
pub use crate::store::parked::ParkedName;
use crate::{
    access::Caller,
    ids,
    intake::{Who, problem::Problem},
    loyalty::{
        Fact,
        mechanics::{codes::CodeGiven, given_again, rewards::RewardGiven},
        receipt::Receipt,
        subject::Subject,
    },
    store::parked::{GIFTS, ParkedRow, Parking},
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
    /// Whether `POST /v1/parked/continue` tries again what waits.
    pub can_continue: bool,
}

/// What came of trying again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Continued {
    pub outcome: ContinuedTo,
    /// The same in words.
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContinuedTo {
    /// The member has it.
    Given,
    /// It has it already, or there is nothing any more that it is to be given for.
    NothingToGive,
}

/// A page of what waits. `next` continues; `null` = that was all.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ParkedList {
    pub parked: Vec<ParkedView>,
    pub next: Option<String>,
}

/// What waits, oldest first; the reason of points by hand is told in words.
pub async fn list(app: &App, brand: &str, page: &PageQuery) -> Result<ParkedList, Problem> {
    let (limit, after) = (page.limit(), page.place()?.unwrap_or_default());
    let rows = app.store.parked(brand, after, limit + 1).await?;
    let Page { items, next } = Page::cut(rows, limit, |row| cursor(&row.place()));
    let mut parked = Vec::with_capacity(items.len());
    for mut row in items {
        if let Some(reason) = approve::reason_in_words(app, &row).await? {
            row.content["reason"] = reason.into();
        }
        let can_continue = given_again(&row.content).is_some() || is_former_gift(&row);
        parked.push(ParkedView {
            source: row.source,
            id: row.id,
            number: row.number,
            member_id: row.member,
            reason: row.reason,
            content: row.content,
            recorded_at: row.recorded_at,
            can_continue,
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

/// Tries again what waits: a reward or a code that could not be given. What is given, or is not to be given any more, waits no longer
/// from the same commit on.
pub async fn go_on(app: &App, caller: &Caller, name: &ParkedName) -> Result<Continued, Problem> {
    let ParkedName { brand, source, id } = name;
    let row = app.store.parked_fact(brand, source, id).await?;
    let row = row.ok_or_else(|| Problem::not_found(format!("parked fact `{id}`")))?;
    let fact = match given_again(&row.content) {
        None if is_former_gift(&row) => former_gift(app, &row).await?,
        fact => fact,
    };
    let (Some(fact), Some(member)) = (fact, row.member.clone()) else {
        let detail = "It is nothing that could be given now. Mend what its reason says, or what its sender says, then take it off \
                      the list.";
        return Err(Problem::new(409, "not-to-be-continued", "It cannot be continued", detail));
    };
    let incoming = caller.origin().event(("parked", ids::fresh("again")), Who::of(member), fact);
    let continued = continued(&app.accept(caller, incoming).await?.into_receipt())?;
    if is_former_gift(&row) {
        app.store.unpark(brand, source, id, row.number).await?;
    }
    Ok(continued)
}

/// Whether it is a reward or a code that was parked under the id of the event that was to give it, as earlier versions did.
fn is_former_gift(row: &ParkedRow) -> bool {
    let gives = row.content["reward"].is_string() || row.content["offer"].is_string();
    row.source == GIFTS && gives && given_again(&row.content).is_none()
}

async fn former_gift(app: &App, row: &ParkedRow) -> Result<Option<Fact>, Problem> {
    let stored = app.store.event(&row.brand, &row.source, &row.id).await?;
    Ok(stored.and_then(|stored| match stored.event.fact {
        Fact::RewardGiven(given) => Some(Fact::RewardGiven(RewardGiven::of(given.cause, given.reward))),
        Fact::CodeGiven(given) => Some(Fact::CodeGiven(CodeGiven::of(given.cause, given.offer))),
        _ => None,
    }))
}

/// What a decision says that was to give what waits.
fn continued(receipt: &Receipt) -> Result<Continued, Problem> {
    if let Some(reason) = receipt.parked.first() {
        let detail = format!("{reason}. It waits on.");
        return Err(Problem::new(409, "waits-on", "It cannot be given yet", detail));
    }
    let (outcome, detail) = match &receipt.subject {
        Some(Subject::Claim { reward, .. }) => (ContinuedTo::Given, format!("reward {reward} is given")),
        Some(Subject::CodeGiven { offer, .. }) => (ContinuedTo::Given, format!("a code of {offer} is given")),
        _ => (ContinuedTo::NothingToGive, receipt.note.clone().unwrap_or_default()),
    };
    Ok(Continued { outcome, detail })
}
