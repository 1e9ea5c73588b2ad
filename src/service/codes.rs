//! Codes: what one is worth for a member, using it, giving its use back, and making many.

use serde::Serialize;

use super::{App, accept::ReceiptView, members};
use crate::{
    access::Caller,
    ids,
    intake::{
        code::{CheckBody, CodeBody, IssueBody, NewCodes, Step},
        problem::Problem,
    },
    loyalty::{
        Refusal, counters,
        mechanics::codes::{Benefit, Offer, find_offer, may_use},
        seen_at,
    },
    values::code::normal,
};

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

/// What a code is worth for a member now, and whether this caller may use it. Uses nothing.
pub async fn check(app: &App, caller: &Caller, code: &str, body: CheckBody) -> Result<Worth, Problem> {
    let programmes = app.programmes_of(&caller.brand)?;
    let programme = &programmes.live().programme;
    let code = normal(code);
    let place = (caller.brand.clone(), counters::code(&code));
    let count = app.store.counts(vec![place.clone()]).await?.remove(&place).unwrap_or_default().count;
    let offer = find_offer(programme, &code, count.offer.as_deref());
    let offer = offer.ok_or_else(|| Problem::not_found(format!("code `{code}`")))?;
    let member = members::require(app, &caller.brand, (body.member, "/member")).await?.member;
    let member = seen_at(programme, &member, app.clock.now());
    may_use(offer, count.used, &member, caller.partner(), app.clock.now()).map_err(Refusal::NotAllowed)?;
    Ok(Worth::of(code, offer))
}

/// Uses a code, or gives its use back.
pub async fn step(app: &App, caller: &Caller, step: (Step, String), body: CodeBody) -> Result<ReceiptView, Problem> {
    let incoming = body.incoming(&app.reader(), caller.origin(), step, caller.partner())?;
    app.accept(caller, incoming).await
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Issued {
    /// Codes of a list that existed already were left as they are.
    pub new: usize,
    pub codes: Vec<String>,
}

/// Makes codes of an offer, or takes over a list of them.
pub async fn issue(app: &App, brand: &str, body: &IssueBody) -> Result<Issued, Problem> {
    let programmes = app.programmes.of(brand);
    let is_live = programmes
        .is_some_and(|all| all.live().programme.mechanics.codes.offers.iter().any(|offer| offer.id == body.offer));
    let codes: Vec<String> = match body.checked(is_live)? {
        NewCodes::Made(count) => (0..count).map(|_| ids::code()).collect(),
        NewCodes::Given(codes) => codes,
    };
    let new = app.store.issue_codes(brand, &body.offer, codes.clone()).await?;
    Ok(Issued { new, codes })
}
