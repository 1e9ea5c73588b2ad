//! What a member took or was given: rewards, and codes of its own, the newest first, each with what it was given for. What there is
//! stands in the member's document, what it was given for in the events that gave it, and whether a code is used in the count that all
//! share.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    App, members,
    page::{Page, PageQuery, cursor},
};
use crate::{
    clock::to_micros,
    intake::problem::Problem,
    loyalty::{
        Member, Programme, counters,
        mechanics::entitlements::{Entitled, Entitlement, GIVING, GivenFor, entitlements, given_by},
    },
    store::StoreError,
};

/// A reward that was taken or given, or a code of the member's own.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClaimOfMember {
    pub id: String,
    /// Of a reward: its row in Rewards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reward: Option<String>,
    /// The row of Codes that its code is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    pub name: String,
    pub state: ClaimStands,
    /// What it was given for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<CauseView>,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The first instant at which its code is worth nothing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Paid for it; they went back where it was cancelled.
    pub points: i64,
    /// Whether `POST /v1/claims/{id}/cancel` gives points and stock back: until it is handed over, or its code is used.
    pub cancellable: bool,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimStands {
    /// To be handed over; a code that nobody has used.
    Claimed,
    /// Its code was used, by whomever.
    Used,
    /// Handed over.
    Fulfilled,
    /// Cancelled, or taken back with what it was given for.
    Cancelled,
}

/// What something was given for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CauseView {
    /// `points` (the member's own), `rule`, `challenge` or `tier`.
    pub kind: &'static str,
    /// The row that gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The order that met the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
}

impl From<&GivenFor> for CauseView {
    fn from(given: &GivenFor) -> Self {
        match given {
            GivenFor::Points(_) => Self { kind: "points", id: None, order_id: None },
            GivenFor::Cause(cause) => {
                let (kind, row) = cause.row();
                Self { kind, id: Some(row.to_owned()), order_id: cause.order().map(str::to_owned) }
            }
        }
    }
}

/// A page of what the member of this `ref` took or was given.
pub async fn of_member(
    app: &App,
    brand: &str,
    reference: &str,
    page: &PageQuery,
) -> Result<Page<ClaimOfMember>, Problem> {
    let member = members::find(app, brand, reference).await?.member;
    let (limit, after) = (page.limit(), page.place::<(i64, String)>()?);
    let programmes = app.programmes_of(brand)?;
    let programme = &programmes.live().programme;
    let all = entitlements(programme, &member).into_iter();
    let all = all.filter(|one| after.as_ref().is_none_or(|after| place(one) < *after)).take(limit + 1);
    let Page { items, next } = Page::cut(all.collect(), limit, |one| cursor(&place(one)));
    let used = used_counts(app, brand, items.iter().filter_map(Entitlement::open_code)).await?;
    let given = given_for(app, brand, &member, &items).await?;
    let view = |one: Entitlement| {
        let is_used = one.open_code().is_some_and(|code| used.contains_key(code));
        let given = given.get(&one.id);
        ClaimOfMember::of((programme, &member), one, (is_used, given))
    };
    Ok(Page { items: items.into_iter().map(view).collect(), next })
}

fn place(one: &Entitlement) -> (i64, String) {
    (to_micros(one.at), one.id.clone())
}

impl ClaimOfMember {
    fn of(
        (programme, member): (&Programme, &Member),
        one: Entitlement,
        (is_used, given): (bool, Option<&GivenFor>),
    ) -> Self {
        let state = match one.state {
            Entitled::Open if is_used => ClaimStands::Used,
            Entitled::Open => ClaimStands::Claimed,
            Entitled::HandedOver => ClaimStands::Fulfilled,
            Entitled::TakenBack => ClaimStands::Cancelled,
        };
        Self {
            name: programme.said(member.language.as_deref(), &one.name).to_owned(),
            cause: given.map(CauseView::from),
            points: given.map_or(one.points, GivenFor::points),
            cancellable: state == ClaimStands::Claimed && one.reward.is_some(),
            state,
            id: one.id,
            reward: one.reward,
            offer: one.offer,
            at: one.at,
            until: one.until,
            code: one.code,
        }
    }
}

/// How often each of these codes is used, by whomever; those that nobody uses are left out.
pub async fn used_counts<'c>(
    app: &App,
    brand: &str,
    codes: impl Iterator<Item = &'c str>,
) -> Result<BTreeMap<String, i64>, StoreError> {
    let place = |code: &str| (brand.to_owned(), counters::code(code));
    let codes: Vec<&str> = codes.collect();
    if codes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let counts = app.store.counts(codes.iter().map(|code| place(code)).collect()).await?;
    let used = codes.into_iter().filter_map(|code| Some((code.to_owned(), counts.get(&place(code))?.count.used)));
    Ok(used.filter(|(_, used)| *used > 0).collect())
}

/// What each of these was given for, by its id. What came with a member that turned out to be this one was given there.
async fn given_for(
    app: &App,
    brand: &str,
    member: &Member,
    all: &[Entitlement],
) -> Result<BTreeMap<String, GivenFor>, StoreError> {
    let mut all_given = BTreeMap::new();
    let others = member.absorbed.keys().chain(&member.restored_from);
    for id in [&member.id].into_iter().chain(others) {
        if all.iter().all(|one| all_given.contains_key(&one.id)) {
            break;
        }
        let events = app.store.events_of(brand, id, &GIVING).await?;
        let given = events.iter().filter_map(|stored| given_by(&stored.event.fact, stored.receipt.subject.as_ref()));
        all_given.extend(given.map(|(id, given)| (id.to_owned(), given)));
    }
    Ok(all_given)
}
