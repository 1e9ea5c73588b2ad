//! The catalogue: what there is and for whom, claims, and what becomes of a claim.

use serde::Serialize;

use super::{App, holds::step, members};
use crate::{
    access::Caller,
    intake::{
        claim::{ClaimBody, StepBody},
        problem::Problem,
    },
    loyalty::{
        Fact, counters, mechanics::rewards::ClaimStep, member::Balance, receipt::Receipt, seen_at, subject::Subject,
    },
};

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

/// What points can be had for; for a member (a `ref`) only what this one may have, and whether the points are enough.
pub async fn catalogue(app: &App, brand: &str, member: Option<&str>) -> Result<Catalogue, Problem> {
    let programmes = app.programmes_of(brand)?;
    let programme = &programmes.live().programme;
    let now = app.clock.now();
    let member = match member {
        None => None,
        Some(reference) => Some(members::find(app, brand, reference).await?.member),
    };
    let member = member.map(|member| seen_at(programme, &member, now));
    let stock = |reward: &str| (brand.to_owned(), counters::stock(reward));
    let counts = app
        .store
        .counts(programme.mechanics.rewards.catalogue.iter().map(|reward| stock(&reward.id)).collect())
        .await?;
    let offered = programme.mechanics.rewards.catalogue.iter().filter(|reward| {
        let dates = reward.from.is_none_or(|from| from <= now) && reward.until.is_none_or(|until| now < until);
        dates && member.as_ref().is_none_or(|member| reward.is_for(&member.tier.id, &member.in_segments()))
    });
    let language = member.as_ref().and_then(|member| member.language.as_deref());
    let rewards = offered.map(|reward| {
        let used = counts.get(&stock(&reward.id)).map_or(0, |found| found.count.used);
        let missing = member.as_ref().map(|member| (reward.cost - member.spendable()).max(0));
        RewardView {
            id: reward.id.clone(),
            name: programme.said(language, &reward.name).to_owned(),
            kind: reward.kind.name().to_owned(),
            cost: reward.cost,
            goods: reward.goods.clone(),
            left: reward.stock.map(|stock| (stock - used).max(0)),
            affordable: missing.map(|missing| missing == 0),
            missing: missing.filter(|missing| *missing > 0),
        }
    });
    Ok(Catalogue { rewards: rewards.collect() })
}

/// What became of the claim: `id`, `reward`, `points`, `state`, and a coupon's `code`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClaimView {
    #[serde(flatten)]
    #[schema(value_type = Object, example = json!({"id": "clm_...", "reward": "mug", "points": 500, "state": "claimed", "code": null}))]
    pub claim: Option<Subject>,
    pub member_id: String,
    pub balance: Balance,
    pub duplicate: bool,
}

impl From<Receipt> for ClaimView {
    fn from(receipt: Receipt) -> Self {
        let Receipt { subject, member_id, balance, duplicate, .. } = receipt;
        Self { claim: subject, member_id, balance, duplicate }
    }
}

/// Takes a reward.
pub async fn claim(app: &App, caller: &Caller, reward: String, body: ClaimBody) -> Result<ClaimView, Problem> {
    let incoming = body.incoming(&app.reader(), caller.origin(), reward)?;
    Ok(app.accept(caller, incoming).await?.into_receipt().into())
}

/// It was handed over, or its issuer confirmed it.
pub async fn fulfil(app: &App, caller: &Caller, id: String, body: StepBody) -> Result<ClaimView, Problem> {
    let fact = Fact::ClaimFulfilled(ClaimStep { claim: id.clone(), note: body.checked()? });
    step(app, caller, ("claim", id), "fulfil", fact).await.map(ClaimView::from)
}

/// Points and stock go back.
pub async fn cancel(app: &App, caller: &Caller, id: String, body: StepBody) -> Result<ClaimView, Problem> {
    let fact = Fact::ClaimCancelled(ClaimStep { claim: id.clone(), note: body.checked()? });
    step(app, caller, ("claim", id), "cancel", fact).await.map(ClaimView::from)
}
