//! Codes: what one is worth for a member, using it, giving its use back, and making many.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};

use super::body::Body;
use crate::{
    access::Caller,
    ids,
    intake::{
        GivenId, Incoming,
        fields::{FieldError, check_id},
        member::MemberBody,
        problem::Problem,
    },
    loyalty::{
        Fact, Refusal,
        codes::{find_offer, may_use},
        event::CodeUse,
        receipt::Receipt,
        seen_at, shared,
    },
    programme::{Benefit, Offer},
    service::{App, accept::Told, members},
    values::code::normal,
};

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "till-3-779", "member": {"external_id": "c-1042"}}))]
pub struct CodeBody {
    /// Names this use; the same id again is the same use.
    #[schema(value_type = String)]
    pub id: GivenId,
    pub member: MemberBody,
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    pub member: MemberBody,
}

/// What a code is worth now. Nothing was used.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Worth {
    pub code: String,
    pub offer: String,
    pub name: String,
    /// `percent`, `amount`, `free item` or `free shipping`.
    pub kind: String,
}

impl Worth {
    fn of(code: String, offer: &Offer) -> Self {
        let kind = match offer.benefit {
            Benefit::Percent(_) => "percent",
            Benefit::Amount(_) => "amount",
            Benefit::FreeItem(_) => "free item",
            Benefit::FreeShipping => "free shipping",
        };
        Self { code, offer: offer.id.clone(), name: offer.name.clone(), kind: kind.to_owned() }
    }
}

/// Whether a member may use a code, and what it is worth
#[utoipa::path(post, path = "/v1/codes/{code}/check", tag = "spending",
    security(("key" = ["redeem"]), ("key" = ["partner"])),
    params(("code" = String, Path)), request_body = CheckBody,
    responses((status = 200, body = Worth), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn check(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(code): Path<String>,
    Body(body): Body<CheckBody>,
) -> Result<Json<Worth>, Problem> {
    let programmes = app.programmes.of(&caller.brand);
    let programmes = programmes.ok_or_else(|| Problem::unavailable("The brand has no programme yet"))?;
    let programme = &programmes.live().programme;
    let code = normal(&code);
    let place = (caller.brand.clone(), shared::code(&code));
    let count = app.store.counts(vec![place.clone()]).await?.remove(&place).unwrap_or_default().count;
    let offer = find_offer(programme, &code, count.offer.as_deref());
    let offer = offer.ok_or_else(|| Problem::not_found(format!("code `{code}`")))?;
    let member = members::known(&app, &caller.brand, (body.member, "/member")).await?.member;
    let member = seen_at(programme, &member, app.clock.now());
    may_use(offer, count.used, &member, caller.partner(), app.clock.now()).map_err(Refusal::NotAllowed)?;
    Ok(Json(Worth::of(code, offer)))
}

/// Use a code
#[utoipa::path(post, path = "/v1/codes/{code}/redeem", tag = "spending",
    security(("key" = ["redeem"]), ("key" = ["partner"])),
    params(("code" = String, Path)), request_body = CodeBody,
    responses((status = 200, body = Receipt), (status = 409, body = Problem, content_type = "application/problem+json")))]
pub async fn redeem(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(code): Path<String>,
    Body(body): Body<CodeBody>,
) -> Result<Json<Told>, Problem> {
    used(&app, caller, "redeem", code, body, Fact::CodeRedeemed).await
}

/// Give a use of a code back
#[utoipa::path(post, path = "/v1/codes/{code}/release", tag = "spending",
    security(("key" = ["redeem"]), ("key" = ["partner"])),
    params(("code" = String, Path)), request_body = CodeBody,
    responses((status = 200, body = Receipt), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn release(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(code): Path<String>,
    Body(body): Body<CodeBody>,
) -> Result<Json<Told>, Problem> {
    used(&app, caller, "release", code, body, Fact::CodeReleased).await
}

async fn used(
    app: &App,
    caller: Caller,
    step: &str,
    code: String,
    body: CodeBody,
    fact: impl FnOnce(CodeUse) -> Fact,
) -> Result<Json<Told>, Problem> {
    let mut errors = Vec::new();
    let id = body.id.own("/id", &mut errors);
    check_id(&code, "/code", &mut errors);
    let who = body.member.who(&app.reader(), "/member", &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let partner = caller.partner().map(str::to_owned);
    let incoming = Incoming {
        source: format!("{}:code.{step}", caller.name),
        brand: caller.brand.clone(),
        id: id.clone(),
        occurred_at: None,
        fact: fact(CodeUse { code, reference: id, partner }),
        who,
    };
    Ok(Json(app.accept(&caller, incoming).await?))
}

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"offer": "welcome5", "count": 100}))]
pub struct IssueBody {
    /// The row of `Codes` that they are worth.
    pub offer: String,
    /// How many to make up; or give `codes`.
    pub count: Option<usize>,
    /// A list from outside.
    #[serde(default)]
    pub codes: Vec<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Issued {
    /// Codes of a list that existed already were left as they are.
    pub new: usize,
    pub codes: Vec<String>,
}

pub const AT_ONCE: usize = 10_000;

/// Make codes, or take over a list of them
#[utoipa::path(post, path = "/v1/codes", tag = "spending",
    security(("key" = ["programme"])),
    request_body = IssueBody,
    responses((status = 200, body = Issued), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn issue(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<IssueBody>,
) -> Result<Json<Issued>, Problem> {
    let programmes = app.programmes.of(&caller.brand);
    let known = programmes.is_some_and(|all| all.live().programme.offers.iter().any(|offer| offer.id == body.offer));
    let mut errors = Vec::new();
    if !known {
        errors.push(FieldError::at("/offer", format!("there is no live offer `{}`", body.offer)));
    }
    if body.codes.is_empty() != body.count.is_some() || body.codes.len().max(body.count.unwrap_or(0)) > AT_ONCE {
        errors.push(FieldError::at("/count", format!("give exactly one of count and codes, at most {AT_ONCE}")));
    }
    for (index, code) in body.codes.iter().enumerate() {
        check_id(code, &format!("/codes/{index}"), &mut errors);
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let codes: Vec<String> = match body.count {
        Some(count) => (0..count).map(|_| ids::code()).collect(),
        None => body.codes.iter().map(|code| normal(code)).collect(),
    };
    let new = app.store.issue_codes(&caller.brand, &body.offer, codes.clone()).await?;
    Ok(Json(Issued { new, codes }))
}
