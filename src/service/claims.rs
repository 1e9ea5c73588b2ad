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
        Fact, Member, Programme, counters,
        mechanics::{
            Cause,
            rewards::{Claim, ClaimState},
        },
        subject::Subject,
    },
    store::{StoreError, StoredEvent},
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

impl CauseView {
    fn of(cause: &Cause) -> Self {
        let (kind, row) = cause.row();
        let order_id = cause.period.strip_prefix("order ").filter(|_| kind == "rule");
        Self { kind, id: Some(row.to_owned()), order_id: order_id.map(str::to_owned) }
    }

    fn own_points() -> Self {
        Self { kind: "points", id: None, order_id: None }
    }
}

/// Events that take or give something under a name.
const GIVING: [&str; 4] = ["reward.claimed", "points.converted", "reward.given", "code.given"];

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
    let mut all = Claims { programme: &programmes.live().programme, member: &member }.all();
    all.sort_by_key(|claim| std::cmp::Reverse(place(claim)));
    let items = all.into_iter().filter(|claim| after.as_ref().is_none_or(|after| place(claim) < *after));
    let mut page = Page::cut(items.take(limit + 1).collect(), limit, |claim| cursor(&place(claim)));
    complete(app, brand, &member, &mut page.items).await?;
    Ok(page)
}

fn place(claim: &ClaimOfMember) -> (i64, String) {
    (to_micros(claim.at), claim.id.clone())
}

/// What the document does not say: which codes are used, what each was given for, and what it cost.
async fn complete(app: &App, brand: &str, member: &Member, claims: &mut [ClaimOfMember]) -> Result<(), Problem> {
    let used = used_counts(app, brand, claims.iter().filter_map(|claim| claim.code.as_deref())).await?;
    let told = given_for(app, brand, member, claims).await?;
    for claim in claims {
        if claim.state == ClaimStands::Claimed && claim.code.as_ref().is_some_and(|code| used.contains_key(code)) {
            (claim.state, claim.cancellable) = (ClaimStands::Used, false);
        }
        if let Some((cause, points)) = told.get(&claim.id) {
            (claim.cause, claim.points) = (Some(cause.clone()), *points);
        }
    }
    Ok(())
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

/// What each of these was given for, and the points that it cost, by its name. What came with a member that turned out to be this one
/// was given there.
async fn given_for(
    app: &App,
    brand: &str,
    member: &Member,
    claims: &[ClaimOfMember],
) -> Result<BTreeMap<String, (CauseView, i64)>, StoreError> {
    let mut told = BTreeMap::new();
    let others = member.absorbed.keys().chain(&member.restored_from);
    for id in [&member.id].into_iter().chain(others) {
        if claims.iter().all(|claim| told.contains_key(&claim.id)) {
            break;
        }
        let events = app.store.events_of(brand, id, &GIVING).await?;
        told.extend(events.iter().filter_map(giving));
    }
    Ok(told)
}

fn giving(stored: &StoredEvent) -> Option<(String, (CauseView, i64))> {
    match (stored.receipt.subject.as_ref()?, &stored.event.fact) {
        (Subject::Claim { id, .. }, Fact::RewardGiven(given)) => Some((id.clone(), (CauseView::of(&given.cause), 0))),
        (Subject::Claim { id, points, .. }, _) => Some((id.clone(), (CauseView::own_points(), *points))),
        (Subject::CodeGiven { coupon, .. }, Fact::CodeGiven(given)) => {
            Some((coupon.clone(), (CauseView::of(&given.cause), 0)))
        }
        _ => None,
    }
}

/// What the document has, as far as it says it.
struct Claims<'a> {
    programme: &'a Programme,
    member: &'a Member,
}

impl Claims<'_> {
    fn all(&self) -> Vec<ClaimOfMember> {
        let rewards = self.member.claims.iter().map(|(id, claim)| self.reward(id, claim));
        rewards.chain(self.codes()).collect()
    }

    fn reward(&self, id: &str, claim: &Claim) -> ClaimOfMember {
        let known = self.programme.mechanics.rewards.catalogue.iter().find(|known| known.id == claim.reward);
        let offer = known.and_then(|known| known.offer.as_deref()).filter(|_| claim.code.is_some());
        let state = match claim.state {
            ClaimState::Claimed => ClaimStands::Claimed,
            ClaimState::Fulfilled => ClaimStands::Fulfilled,
            ClaimState::Cancelled => ClaimStands::Cancelled,
        };
        ClaimOfMember {
            id: id.to_owned(),
            reward: Some(claim.reward.clone()),
            offer: offer.map(str::to_owned),
            name: self.said(known.map_or(&claim.reward, |known| &known.name)),
            state,
            cause: None,
            at: claim.at,
            until: offer.and_then(|offer| self.ends(offer)),
            code: claim.code.clone(),
            points: claim.parts.iter().map(|part| part.lot.points).sum(),
            cancellable: claim.state == ClaimState::Claimed,
        }
    }

    fn codes(&self) -> impl Iterator<Item = ClaimOfMember> {
        self.member.coupons.iter().map(|(id, coupon)| {
            let known = self.programme.mechanics.codes.offers.iter().find(|known| known.id == coupon.offer);
            ClaimOfMember {
                id: id.clone(),
                reward: None,
                offer: Some(coupon.offer.clone()),
                name: self.said(known.map_or(&coupon.offer, |known| &known.name)),
                state: if coupon.void { ClaimStands::Cancelled } else { ClaimStands::Claimed },
                cause: None,
                at: coupon.at,
                until: self.ends(&coupon.offer),
                code: Some(coupon.code.clone()),
                points: 0,
                cancellable: false,
            }
        })
    }

    fn said(&self, words: &str) -> String {
        self.programme.said(self.member.language.as_deref(), words).to_owned()
    }

    /// The first instant at which codes of an offer are worth nothing any more.
    fn ends(&self, offer: &str) -> Option<Timestamp> {
        self.programme.mechanics.codes.offers.iter().find(|known| known.id == offer).and_then(|known| known.until)
    }
}
