//! Challenges and badges of a member, and joining one.

use serde::Serialize;

use super::{App, accept::ReceiptView, members};
use crate::{
    access::Caller,
    intake::{challenge::ChallengeBody, problem::Problem},
    loyalty::{
        mechanics::challenges::{self, BadgeView, ChallengeView},
        seen_at,
    },
};

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Challenges {
    /// In the order of the member's page.
    pub challenges: Vec<ChallengeView>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Badges {
    pub badges: Vec<BadgeView>,
}

/// How each challenge stands for a member, a `ref`.
pub async fn of_member(app: &App, brand: &str, reference: &str) -> Result<Challenges, Problem> {
    let member = members::with_past(app, brand, reference).await?;
    let (programmes, now) = (app.programmes_of(brand)?, app.clock.now());
    let member = seen_at(&programmes.live().programme, &member, now);
    Ok(Challenges { challenges: challenges::challenges(&programmes, &member, now) })
}

/// The badges of a member, a `ref`: earned, and still to be earned.
pub async fn badges_of(app: &App, brand: &str, reference: &str) -> Result<Badges, Problem> {
    let member = members::find(app, brand, reference).await?.member;
    Ok(Badges { badges: challenges::badges(&app.programmes_of(brand)?, &member) })
}

/// A member takes part in a challenge from now on.
pub async fn join(app: &App, caller: &Caller, challenge: String, body: ChallengeBody) -> Result<ReceiptView, Problem> {
    app.accept(caller, body.incoming(&app.reader(), caller.origin(), challenge)?).await
}
