//! The catalogue: what there is and for whom, claims, and what becomes of a claim.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{body::Body, holds::step};
use crate::{
    access::Caller,
    intake::{GivenId, Incoming, member::MemberBody, problem::Problem},
    loyalty::{
        Fact,
        event::{ClaimStep, Claimed},
        member::Balance,
        receipt::Receipt,
        seen_at, shared,
    },
    service::{App, members},
};

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct For {
    /// A member's `ref`: then each reward says whether this member can have it.
    pub member: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RewardView {
    pub id: String,
    pub name: String,
    pub kind: String,
    /// Points.
    pub cost: i64,
    /// What is handed over, as the shop names it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub goods: Vec<String>,
    /// Pieces left; absent when there is no end of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<i64>,
    /// Whether the member has the points for it; only where a member was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affordable: Option<bool>,
    /// Points still missing to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<i64>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Catalogue {
    pub rewards: Vec<RewardView>,
}

/// What points can be had for
#[utoipa::path(get, path = "/v1/rewards", tag = "spending",
    security(("key" = ["redeem"])),
    params(For),
    responses((status = 200, body = Catalogue), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(asked): Query<For>,
) -> Result<Json<Catalogue>, Problem> {
    let programmes = app.programmes.of(&caller.brand);
    let programmes = programmes.ok_or_else(|| Problem::unavailable("The brand has no programme yet"))?;
    let programme = &programmes.live().programme;
    let now = app.clock.now();
    let member = match &asked.member {
        None => None,
        Some(reference) => Some(members::find(&app, &caller.brand, reference).await?.member),
    };
    let member = member.map(|member| seen_at(programme, &member, now));
    let keys = programme.rewards.iter().map(|reward| (caller.brand.clone(), shared::stock(&reward.id)));
    let counts = app.store.counts(keys.collect()).await?;
    let offered = programme.rewards.iter().filter(|reward| {
        let dates = reward.from.is_none_or(|from| from <= now) && reward.until.is_none_or(|until| now < until);
        dates && member.as_ref().is_none_or(|member| reward.is_for(&member.tier.id, &member.segments))
    });
    let rewards = offered.map(|reward| {
        let used = counts.get(&(caller.brand.clone(), shared::stock(&reward.id))).map_or(0, |found| found.count.used);
        let missing = member.as_ref().map(|member| (reward.cost - member.spendable()).max(0));
        RewardView {
            id: reward.id.clone(),
            name: reward.name.clone(),
            kind: reward.kind.name().to_owned(),
            cost: reward.cost,
            goods: reward.goods.clone(),
            left: reward.stock.map(|stock| (stock - used).max(0)),
            affordable: missing.map(|missing| missing == 0),
            missing: missing.filter(|missing| *missing > 0),
        }
    });
    Ok(Json(Catalogue { rewards: rewards.collect() }))
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "site-778", "member": {"external_id": "c-1042"}}))]
pub struct ClaimBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    pub member: MemberBody,
}

/// What became of the claim: `id`, `reward`, `points`, `state`, and a coupon's `code`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClaimView {
    #[serde(flatten)]
    #[schema(value_type = Object, example = json!({"id": "clm_...", "reward": "mug", "points": 500, "state": "claimed", "code": null}))]
    pub claim: Value,
    pub member_id: String,
    pub balance: Balance,
    pub duplicate: bool,
}

impl From<Receipt> for ClaimView {
    fn from(receipt: Receipt) -> Self {
        let Receipt { subject, member_id, balance, duplicate, .. } = receipt;
        Self { claim: subject.unwrap_or_default(), member_id, balance, duplicate }
    }
}

/// Take a reward
#[utoipa::path(post, path = "/v1/rewards/{id}/claims", tag = "spending",
    security(("key" = ["redeem"])),
    params(("id" = String, Path)), request_body = ClaimBody,
    responses((status = 201, body = ClaimView), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn claim(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reward): Path<String>,
    Body(body): Body<ClaimBody>,
) -> Result<(StatusCode, Json<ClaimView>), Problem> {
    let mut errors = Vec::new();
    let id = body.id.own("/id", &mut errors);
    let who = body.member.who(&app.reader(), "/member", &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let incoming = Incoming {
        source: format!("{}:claim", caller.name),
        brand: caller.brand.clone(),
        id,
        occurred_at: None,
        fact: Fact::Claimed(Claimed { reward, code: None }),
        who,
    };
    let receipt = app.accept(&caller, incoming).await?.into_receipt();
    let status = if receipt.duplicate { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(receipt.into())))
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepBody {
    /// What the issuer answered, or why it is cancelled; at most 500 characters.
    pub note: Option<String>,
}

pub const NOTE_CHARS_MAX: usize = 500;

impl StepBody {
    fn checked(self) -> Result<Option<String>, Problem> {
        let long = |note: &String| note.chars().count() > NOTE_CHARS_MAX;
        if self.note.as_ref().is_some_and(long) {
            return Err(Problem::invalid_field("/note", format!("is longer than {NOTE_CHARS_MAX} characters")));
        }
        Ok(self.note)
    }
}

/// The reward was handed over, or its issuer confirmed it
#[utoipa::path(post, path = "/v1/claims/{id}/fulfil", tag = "spending",
    security(("key" = ["redeem"])),
    params(("id" = String, Path)), request_body = StepBody,
    responses((status = 200, body = ClaimView), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn fulfil(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<StepBody>,
) -> Result<Json<ClaimView>, Problem> {
    let fact = Fact::ClaimFulfilled(ClaimStep { claim: id.clone(), note: body.checked()? });
    step(&app, caller, ("claim", id), "fulfil", fact).await.map(|receipt| Json(receipt.into()))
}

/// Points and stock go back; a coupon's code is void
#[utoipa::path(post, path = "/v1/claims/{id}/cancel", tag = "spending",
    security(("key" = ["redeem"])),
    params(("id" = String, Path)), request_body = StepBody,
    responses((status = 200, body = ClaimView), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<StepBody>,
) -> Result<Json<ClaimView>, Problem> {
    let fact = Fact::ClaimCancelled(ClaimStep { claim: id.clone(), note: body.checked()? });
    step(&app, caller, ("claim", id), "cancel", fact).await.map(|receipt| Json(receipt.into()))
}
