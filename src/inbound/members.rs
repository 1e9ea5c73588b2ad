//! Members: join (idempotent by external id), read, change.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    auth::Caller,
    body::Body,
    problem::Problem,
    savings::Choice,
    who::{self, MemberBody},
};
use crate::{
    app::{App, accept::Told},
    ids,
    intake::Incoming,
    loyalty::{
        Fact, Member,
        event::Joined,
        lot::Lot,
        member::{Balance, Progress},
        receipt::{Receipt, TierView},
        seen_at, tier,
    },
    programme::Programme,
    store::find::Loaded,
    values::money::{format_units, places},
};

/// A member as of now: what is due counts as done.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MemberView {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub joined_at: Timestamp,
    pub balance: Balance,
    pub tier: TierView,
    pub benefits: BenefitsView,
    /// Lots with points left, in the order they are spent.
    pub lots: Vec<LotView>,
    pub segments: Vec<String>,
    pub savings: Choice,
    pub progress: ProgressView,
    /// Number of the member's last event.
    pub version: u64,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LotView {
    pub id: String,
    pub points: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProgressView {
    pub orders: i64,
    /// Money for goods in orders that earn now.
    pub spent: String,
    pub earned: i64,
}

/// What the member's tier brings beside points; the shop acts on it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BenefitsView {
    pub free_shipping: bool,
    pub early_access: bool,
}

impl BenefitsView {
    fn of(programme: &Programme, member: &Member) -> Self {
        let tier = &programme.tiers[programme.tier_rank(&member.tier.id)];
        Self { free_shipping: tier.free_shipping, early_access: tier.early_access }
    }
}

impl MemberView {
    /// The view of a loaded member at `now`.
    pub fn of(app: &App, brand: &str, loaded: Loaded, now: Timestamp) -> Result<Self, Problem> {
        let programmes =
            app.programmes.of(brand).ok_or_else(|| Problem::unavailable("The brand has no programme yet"))?;
        let programme = &programmes.live().programme;
        let member = seen_at(programme, &loaded.member, now);
        let order = member.spend_order();
        Ok(Self {
            external_id: loaded.person.external_id,
            name: loaded.person.name,
            language: member.language.clone(),
            joined_at: member.joined_at,
            balance: member.balance,
            tier: tier::view(programme, &member, now),
            benefits: BenefitsView::of(programme, &member),
            lots: order.iter().map(|id| LotView::of(id, &member.lots[id])).collect(),
            segments: member.segments.iter().cloned().collect(),
            savings: member.saving.into(),
            progress: ProgressView::of(&member.progress, &programme.settings.currency),
            version: member.version,
            id: member.id,
        })
    }
}

impl LotView {
    fn of(id: &str, lot: &Lot) -> Self {
        let Lot { points, rule, order, expires_at, .. } = lot.clone();
        Self { id: id.to_owned(), points, rule, order_id: order, expires_at }
    }
}

impl ProgressView {
    fn of(progress: &Progress, currency: &str) -> Self {
        Self { orders: progress.orders, spent: format_units(progress.spent, places(currency)), earned: progress.earned }
    }
}

/// Join
#[utoipa::path(post, path = "/v1/members", tag = "members",
    security(("key" = ["members"])),
    request_body = MemberBody,
    responses((status = 200, body = Receipt), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn join(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<MemberBody>,
) -> Result<Json<Told>, Problem> {
    let mut errors = Vec::new();
    let who = body.who(&app.reader(), "", &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    // The strongest identity makes the id: joining twice is joining once.
    let strongest =
        who.identities.first().map(|(kind, value)| crate::values::seal::keyed_hash(&app.secret, &[kind, value]));
    let id = strongest.or_else(|| who.id.clone()).unwrap_or_default();
    let fact = Fact::Joined(Joined::default());
    let incoming =
        Incoming { brand: caller.brand.clone(), source: "join".to_owned(), id, occurred_at: None, fact, who };
    Ok(Json(app.accept(&caller, incoming).await?))
}

/// A member: balance, tier, lots, segments, progress
#[utoipa::path(get, path = "/v1/members/{ref}", tag = "members", security(("key" = ["members"])),
    params(("ref" = String, Path)),
    responses((status = 200, body = MemberView), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
) -> Result<Json<MemberView>, Problem> {
    let loaded = who::find(&app, &caller.brand, &reference).await?;
    MemberView::of(&app, &caller.brand, loaded, app.clock.now()).map(Json)
}

/// Change facts or add identities
#[utoipa::path(patch, path = "/v1/members/{ref}", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path)), request_body = MemberBody,
    responses((status = 200, body = Receipt), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(mut body): Body<MemberBody>,
) -> Result<Json<Told>, Problem> {
    let member = who::find(&app, &caller.brand, &reference).await?.member;
    let given = body.id.as_ref().map(|id| id.known("/id", &mut Vec::new()));
    if given.is_some_and(|id| id != member.id) {
        return Err(Problem::invalid_field("/id", "is another member's; leave it out"));
    }
    body.id = Some(member.id.into());
    let mut errors = Vec::new();
    let who = body.who(&app.reader(), "", &mut errors).strict(&mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let fact = Fact::Changed(Joined { language: who.facts.language.clone(), test: false });
    let source = format!("{}:member", caller.name);
    let incoming =
        Incoming { brand: caller.brand.clone(), source, id: ids::fresh("chg"), occurred_at: None, fact, who };
    Ok(Json(app.accept(&caller, incoming).await?))
}
