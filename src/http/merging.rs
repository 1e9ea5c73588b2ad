//! One person who was two members: merge, and undo it.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Deserialize;

use super::body::Body;
use crate::{
    access::Caller,
    intake::{GivenId, Incoming, Who, fields::check_reason, member::MemberBody, problem::Problem},
    loyalty::{
        Fact,
        event::{Merged, Unmerged},
        receipt::Receipt,
    },
    service::{App, accept::Told, members},
};

/// The kind of call in a merge's source.
const MERGE: &str = "merge";

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "m-1", "from": {"visitor": "a1b2"}, "reason": "logged in"}))]
pub struct MergeBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    /// The member whose points, orders, holds, debt and counters move; what comes for it later is decided for the other.
    pub from: MemberBody,
    pub reason: String,
}

/// Merge another member into this one
#[utoipa::path(post, path = "/v1/members/{ref}/merge", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path)), request_body = MergeBody,
    responses((status = 200, body = Receipt), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn merge(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<MergeBody>,
) -> Result<Json<Told>, Problem> {
    let id = check(&body.id, &body.reason)?;
    let mut into = members::find(&app, &caller.brand, &reference).await?.member.id;
    let mut from = members::known(&app, &caller.brand, (body.from, "/from")).await?.member.id;
    // Once they are one, both names lead to one member: the same merge again is known by its id.
    let source = format!("{}:{MERGE}", caller.name);
    let known = app.store.event(&caller.brand, &source, &id).await?.filter(|_| from == into);
    if let Some((merged, Fact::Merged(was))) = known.map(|known| (known.member, known.event.fact)) {
        (from, into) = (merged, was.into);
    }
    if from == into {
        return Err(Problem::invalid_field("/from", "is the same member"));
    }
    let fact = Fact::Merged(Merged { into, reason: body.reason });
    accept(&app, caller, MERGE, (id, from), fact).await
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "u-1", "from": "mem_...", "reason": "mother and daughter"}))]
pub struct UnmergeBody {
    #[schema(value_type = String)]
    pub id: GivenId,
    /// The id (`mem_...`) of the member that goes its own way again, with what is left of its lots and with its orders.
    #[schema(value_type = String)]
    pub from: GivenId,
    pub reason: String,
}

/// Undo a merge
#[utoipa::path(post, path = "/v1/members/{ref}/unmerge", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path)), request_body = UnmergeBody,
    responses((status = 200, body = Receipt), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn unmerge(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Body(body): Body<UnmergeBody>,
) -> Result<Json<Told>, Problem> {
    let id = check(&body.id, &body.reason)?;
    let mut errors = Vec::new();
    let from = body.from.known("/from", &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let member = members::find(&app, &caller.brand, &reference).await?.member.id;
    let fact = Fact::Unmerged(Unmerged { from, reason: body.reason });
    accept(&app, caller, "unmerge", (id, member), fact).await
}

/// The call's id, when it says why.
fn check(id: &GivenId, reason: &str) -> Result<String, Problem> {
    let mut errors = Vec::new();
    let id = id.own("/id", &mut errors);
    check_reason(reason, &mut errors);
    if errors.is_empty() { Ok(id) } else { Err(Problem::invalid(errors)) }
}

async fn accept(
    app: &App,
    caller: Caller,
    kind: &str,
    (id, member): (String, String),
    fact: Fact,
) -> Result<Json<Told>, Problem> {
    let incoming = Incoming {
        source: format!("{}:{kind}", caller.name),
        brand: caller.brand.clone(),
        id,
        occurred_at: None,
        fact,
        who: Who { id: Some(member), exact: true, ..Who::default() },
    };
    Ok(Json(app.accept(&caller, incoming).await?))
}
