//! Members: join (idempotent by external id), read, change.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};

use super::body::Body;
use crate::{
    access::Caller,
    ids,
    intake::{Incoming, member::MemberBody, problem::Problem},
    loyalty::{Fact, event::Joined, receipt::Receipt},
    service::{App, accept::Told, members, views::MemberView},
};

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
    let loaded = members::find(&app, &caller.brand, &reference).await?;
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
    let member = members::find(&app, &caller.brand, &reference).await?.member;
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
