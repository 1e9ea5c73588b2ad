//! By hand, with a reason: give expired points back, grant a tier, put an account on hold.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::body::Body;
use crate::{
    access::Caller,
    intake::{GivenId, Incoming, Who, fields::check_reason, problem::Problem},
    loyalty::{
        Fact,
        event::{Membership, Reactivated, Restricted, TierGranted},
        receipt::Receipt,
    },
    service::{App, accept::Told, members},
    values::span::Span,
};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "act-1", "since": "2026-10-01T00:00:00Z", "expires": "3M", "reason": "the shop was closed"}))]
pub struct ReactivationBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    /// What expired at this instant or later comes back.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// How long it lives now, like `3M`.
    pub expires: String,
    pub reason: String,
}

/// Give expired points back
#[utoipa::path(post, path = "/v1/members/{ref}/reactivations", tag = "members",
    security(("key" = ["admin"])),
    params(("ref" = String, Path)),
    request_body = ReactivationBody, responses((status = 200, body = Receipt)))]
pub async fn reactivate(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<ReactivationBody>,
) -> Result<Json<Told>, Problem> {
    let expires =
        body.expires.parse::<Span>().map_err(|error| Problem::invalid_field("/expires", error.to_string()))?;
    let mut errors = Vec::new();
    app.reader().happened(body.since, "/since", &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let fact = Fact::Reactivated(Reactivated { since: body.since, expires, reason: body.reason.clone() });
    by_hand(&app, caller, &reference, ("reactivation", body.id, &body.reason), fact).await
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "tg-1", "tier": "gold", "until": "2027-12-31T22:00:00Z", "reason": "ambassador"}))]
pub struct TierBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    pub tier: String,
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    pub reason: String,
}

/// Grant a tier until an instant
#[utoipa::path(post, path = "/v1/members/{ref}/tier", tag = "members",
    security(("key" = ["admin"])),
    params(("ref" = String, Path)), request_body = TierBody,
    responses((status = 200, body = Receipt), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn grant_tier(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<TierBody>,
) -> Result<Json<Told>, Problem> {
    if body.until <= app.clock.now() {
        return Err(Problem::invalid_field("/until", "lies in the past"));
    }
    let fact = Fact::TierGranted(TierGranted { tier: body.tier, until: body.until, reason: body.reason.clone() });
    by_hand(&app, caller, &reference, ("tier", body.id, &body.reason), fact).await
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "r-1", "restricted": true, "reason": "many returns"}))]
pub struct RestrictionBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    /// True: earns to pending, cannot spend. False: what waited opens.
    pub restricted: bool,
    pub reason: String,
}

/// Put an account on hold, or lift it
#[utoipa::path(post, path = "/v1/members/{ref}/restriction", tag = "members",
    security(("key" = ["admin"])),
    params(("ref" = String, Path)),
    request_body = RestrictionBody, responses((status = 200, body = Receipt)))]
pub async fn restrict(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<RestrictionBody>,
) -> Result<Json<Told>, Problem> {
    let fact = Fact::Restricted(Restricted { restricted: body.restricted, reason: body.reason.clone() });
    by_hand(&app, caller, &reference, ("restriction", body.id, &body.reason), fact).await
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "m-1", "left": true, "reason": "asked by mail"}))]
pub struct MembershipBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    /// True: points end and nothing is earned any more. False: the member earns again.
    pub left: bool,
    pub reason: String,
}

/// Let a member leave the programme, or come back
///
/// Leaving releases what is set aside and ends all points; what is owed stays owed. Coming back brings no points: a reactivation does.
#[utoipa::path(post, path = "/v1/members/{ref}/membership", tag = "members",
    security(("key" = ["admin"])),
    params(("ref" = String, Path)),
    request_body = MembershipBody, responses((status = 200, body = Receipt)))]
pub async fn membership(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<MembershipBody>,
) -> Result<Json<Told>, Problem> {
    let fact = Fact::Membership(Membership { left: body.left, reason: body.reason.clone() });
    by_hand(&app, caller, &reference, ("membership", body.id, &body.reason), fact).await
}

async fn by_hand(
    app: &App,
    caller: Caller,
    reference: &str,
    (kind, id, reason): (&str, GivenId, &str),
    fact: Fact,
) -> Result<Json<Told>, Problem> {
    let mut errors = Vec::new();
    let id = id.own("/id", &mut errors);
    check_reason(reason, &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let member = members::find(app, &caller.brand, reference).await?.member.id;
    caller.forbid_own(app, &member).await?;
    let incoming = Incoming {
        source: format!("{}:{kind}", caller.name),
        brand: caller.brand.clone(),
        id,
        occurred_at: None,
        fact,
        who: Who { id: Some(member), ..Who::default() },
    };
    Ok(Json(app.accept(&caller, incoming).await?))
}
